"""How fast this computer is at eight workloads of very different kind, each through the path that a user's network takes.

Networks are drawn from our layers, trained by the ordinary `Session` and run by the ordinary `Runner`; raw operations are
ordinary programs. Nothing here knows a device.
"""
