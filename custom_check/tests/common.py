from pathlib import Path

ROOT = Path(__file__).parents[1]
COMPOSE_FILE = ROOT / 'tests/docker/docker-compose.yaml'
PROJECT = 'custom_check'

HOST_TAGS = ['env:dev', 'team:custom-check']

INSTANCES = [
    {'tags': ['device:wristband-1'], 'min_collection_interval': 45},
    {'tags': ['device:wristband-2', 'owner:ada'], 'min_collection_interval': 45, 'minimum': 600, 'maximum': 600},
]
