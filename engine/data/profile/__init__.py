"""What a table holds, in figures and plain sentences, before anything is learned from it."""

from engine.data.profile.compute import profile
from engine.data.profile.model import Bin, ColumnProfile, Finding, Profile, Top

__all__ = ["Bin", "ColumnProfile", "Finding", "Profile", "Top", "profile"]
