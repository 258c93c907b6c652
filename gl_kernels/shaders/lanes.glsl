// The LANES invocations that share a row fold their numbers with JOIN(a, b, how), pairwise and always in the same order; each
// of them gets the result. Where the driver has operations between the invocations of a vector (SUBGROUPS), those that
// fit into one need neither shared memory nor a barrier. A group is numbered by vectors then, if all of them are full.
#if SUBGROUPS
bool in_vectors() { return gl_NumSubgroups * gl_SubgroupSize == gl_WorkGroupSize.x; }
uint slot_id() {
    return in_vectors() ? gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID : gl_LocalInvocationIndex;
}
#else
uint slot_id() { return gl_LocalInvocationIndex; }
#endif
uint slot_thread() { return group_id() * gl_WorkGroupSize.x + slot_id(); }

#if SHARED
shared float partial[gl_WorkGroupSize.x];
#define SYNC memoryBarrierShared(); barrier();

float folded(float own, bool how) {
    uint slot = slot_id(), lane = slot % LANES, reach = 1u;
#if SUBGROUPS
    reach = in_vectors() ? min(LANES, gl_SubgroupSize) : 1u;
    for (uint distance = reach / 2u; distance > 0u; distance /= 2u) {
        float other = subgroupShuffleXor(own, distance);
        own = JOIN(own, other, how);
    }
    if (reach == LANES) return own;
#endif
    SYNC // the results of the fold before have been read
    partial[slot] = own;
    SYNC
    for (uint distance = LANES / 2u; distance >= reach; distance /= 2u) {
        if (lane < distance) {
            float a = partial[slot], b = partial[slot + distance];
            partial[slot] = JOIN(a, b, how);
        }
        SYNC
    }
    return partial[slot - lane];
}
#else
float folded(float own, bool how) { return own; }
#endif
