from .__about__ import __version__
from .check import CustomCheck

__all__ = ['__version__', 'CustomCheck']
