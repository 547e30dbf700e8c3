import os
from pathlib import Path

# The fixture `dd_agent_check` runs ddev in the folder of an integration, and `.ddev.toml` refers to `${PWD}`.
os.environ['PWD'] = str(Path(__file__).parent)
