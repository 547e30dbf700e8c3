from pathlib import Path

ROOT = Path(__file__).parents[1]
COMPOSE_FILE = ROOT / 'tests/docker/docker-compose.yaml'
FLASK_APP = ROOT / 'tests/docker/flask_app'

HOST_TAGS = ['env:dev', 'team:custom-check', 'purpose:rehearsal']

INSTANCES = [
    {'tags': ['device:wristband-1'], 'min_collection_interval': 45},
    {'tags': ['device:wristband-2', 'owner:ada'], 'min_collection_interval': 45, 'minimum': 600, 'maximum': 600},
]

# The instance of the MySQL check, without the password, which differs for each start.
MYSQL_INSTANCE = {
    'host': 'mysql',
    'port': 3306,
    'username': 'datadog',
    'options': {
        'replication': False,
        'galera_cluster': True,
        'extra_status_metrics': True,
        'extra_innodb_metrics': True,
    },
}
