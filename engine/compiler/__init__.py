"""Named passes from a graph to a step of planned memory: lower, differentiate, simplify, fuse, plan_memory, verify."""
