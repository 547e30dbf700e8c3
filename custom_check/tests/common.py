from pathlib import Path

ROOT = Path(__file__).parents[1]

HOST_TAGS = ['env:dev', 'team:custom-check', 'purpose:rehearsal']

INSTANCES = [
    {'tags': ['device:wristband-1'], 'min_collection_interval': 45},
    {'tags': ['device:wristband-2', 'owner:ada'], 'min_collection_interval': 45, 'minimum': 600, 'maximum': 600},
]
