from random import randint

from datadog_checks.base import AgentCheck
from datadog_checks.base.types import InstanceType

from .config_models import ConfigMixin


class CustomCheck(AgentCheck, ConfigMixin):
    """Submit one random integer, to prove that a Datadog pipeline works from end to end."""

    def check(self, _: InstanceType) -> None:
        """Submit the gauge `my_metric`: a uniform random integer from `minimum` to `maximum`, both included."""
        config = self.config
        self.gauge('my_metric', randint(config.minimum, config.maximum), tags=config.tags)
