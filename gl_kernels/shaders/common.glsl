// Work groups are numbered across both dispatch dimensions: one dimension alone holds 65,535 at most.
uint group_id() { return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x; }
uint thread_id() { return group_id() * gl_WorkGroupSize.x + gl_LocalInvocationIndex; }
