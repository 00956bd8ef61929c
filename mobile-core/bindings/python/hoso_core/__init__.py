"""Administrative dossiers that are kept, changed and exchanged without network: the core of an app."""

from .mobile_core import *  # noqa: F403
