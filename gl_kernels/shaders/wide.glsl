// Four neighbouring channels at once (QUADS) or one: the types that shaders of both kinds are written with.
#if QUADS
#define NUMBER vec4
#define WHOLE ivec4
#define WIDTH 4u
#define SAME(whole, number) equal(whole, ivec4(number))
#else
#define NUMBER float
#define WHOLE int
#define WIDTH 1u
#define SAME(whole, number) ((whole) == (number))
#endif
