"""All operations for scripts and notebooks, under the names of NumPy and Keras.

They take NumPy arrays (or numbers, or lists) and give arrays. Inside `value_and_grad`, and wherever one argument is a
tensor of a program under construction, they give tensors. Numbers are float32, positions (`index`) int32.

>>> import numpy as np
>>> import engine.ops as ops
>>> ops.matmul([[1, 2], [3, 4]], [1, 1])
array([3., 7.], dtype=float32)
>>> ops.einsum("ij,ij->i", np.ones((2, 3)), np.full((2, 3), 2.0))
array([6., 6.], dtype=float32)
>>> values, places = ops.top_k([3, 9, 5], 2)
>>> values.tolist(), places.tolist()
([9.0, 5.0], [1, 2])
>>> slope = ops.grad(lambda x: ops.sum(x * x))
>>> slope(np.array([1.0, -2.0]))
array([ 2., -4.], dtype=float32)
>>> ops.solve([[2, 0], [0, 4]], [2, 2]).tolist()
[1.0, 0.5]
"""

from __future__ import annotations

from engine.ops import arrangement as _arrangement
from engine.ops import contraction as _contraction
from engine.ops import decompositions as _decompositions
from engine.ops import elementwise as _elementwise
from engine.ops import fourier as _fourier
from engine.ops import functions as _functions
from engine.ops import indexing as _indexing
from engine.ops import linear_algebra as _linear_algebra
from engine.ops import logic as _logic
from engine.ops import rounding as _rounding
from engine.ops import scans as _scans
from engine.ops import sorting as _sorting
from engine.ops import statistics as _statistics
from engine.ops import transcendental as _transcendental
from engine.ops.eager import grad, lifted, value_and_grad
from engine.ops.known import arange, eye, full, linspace, ones, zeros

# -- element by element ----------------------------------------------------------------------------------------
add = lifted(_elementwise.add)
subtract = lifted(_elementwise.sub)
multiply = lifted(_elementwise.mul)
divide = lifted(_elementwise.div)
power = lifted(_elementwise.power)
mod = lifted(_rounding.mod)
maximum = lifted(_elementwise.maximum)
minimum = lifted(_elementwise.minimum)
clip = lifted(_functions.clip)
absolute = lifted(_elementwise.absolute)
sign = lifted(_elementwise.sign)
square = lifted(_elementwise.square)
sqrt = lifted(_elementwise.sqrt)
rsqrt = lifted(_elementwise.rsqrt)
reciprocal = lifted(_elementwise.reciprocal)
exp = lifted(_elementwise.exp)
exp2 = lifted(_transcendental.exp2)
expm1 = lifted(_elementwise.expm1)
log = lifted(_elementwise.log)
log1p = lifted(_elementwise.log1p)
log2 = lifted(_transcendental.log2)
log10 = lifted(_transcendental.log10)
sin = lifted(_elementwise.sin)
cos = lifted(_elementwise.cos)
tan = lifted(_transcendental.tan)
arcsin = lifted(_transcendental.asin)
arccos = lifted(_transcendental.acos)
arctan = lifted(_transcendental.atan)
arctan2 = lifted(_transcendental.atan2)
sinh = lifted(_transcendental.sinh)
cosh = lifted(_transcendental.cosh)
tanh = lifted(_elementwise.tanh)
arcsinh = lifted(_transcendental.asinh)
arccosh = lifted(_transcendental.acosh)
arctanh = lifted(_transcendental.atanh)
erf = lifted(_elementwise.erf)
erfinv = lifted(_transcendental.erfinv)
floor = lifted(_elementwise.floor)
ceil = lifted(_rounding.ceil)
round = lifted(_rounding.round_)  # noqa: A001 - NumPy's name
trunc = lifted(_rounding.trunc)
relu = lifted(_elementwise.relu)
sigmoid = lifted(_elementwise.sigmoid)
softplus = lifted(_elementwise.softplus)
softmax = lifted(_functions.softmax)
log_softmax = lifted(_functions.log_softmax)
where = lifted(_elementwise.where)

# -- comparisons and logic -------------------------------------------------------------------------------------
equal = lifted(_elementwise.equal)
not_equal = lifted(_logic.not_equal)
greater = lifted(_elementwise.greater)
greater_equal = lifted(_elementwise.greater_equal)
less = lifted(_logic.less)
less_equal = lifted(_logic.less_equal)
logical_and = lifted(_logic.logical_and)
logical_or = lifted(_logic.logical_or)
logical_xor = lifted(_logic.logical_xor)
logical_not = lifted(_logic.logical_not)
isnan = lifted(_rounding.is_nan)
isfinite = lifted(_rounding.is_finite)

# -- folds -----------------------------------------------------------------------------------------------------
sum = lifted(_functions.total)  # noqa: A001 - NumPy's name
mean = lifted(_functions.mean)
max = lifted(_functions.largest)  # noqa: A001 - NumPy's name
min = lifted(_functions.smallest)  # noqa: A001 - NumPy's name
prod = lifted(_functions.product)
var = lifted(_statistics.variance)
std = lifted(_statistics.deviation)
logsumexp = lifted(_statistics.logsumexp)
any = lifted(_statistics.any_)  # noqa: A001 - NumPy's name
all = lifted(_statistics.all_)  # noqa: A001 - NumPy's name
argmax = lifted(_statistics.argmax_along)
argmin = lifted(_statistics.argmin_along)
norm = lifted(_functions.norm)
cumsum = lifted(_functions.cumsum)
cumprod = lifted(_scans.cumprod)

# -- shapes and places -----------------------------------------------------------------------------------------
reshape = lifted(_functions.reshape)
transpose = lifted(_functions.transpose)
swapaxes = lifted(_arrangement.swap_axes)
expand_dims = lifted(_arrangement.expand_dims)
squeeze = lifted(_arrangement.squeeze)
broadcast_to = lifted(_functions.broadcast_to)
concatenate = lifted(_functions.concatenate)
stack = lifted(_arrangement.stack)
unstack = lifted(_arrangement.unstack)
split = lifted(_arrangement.split)
tile = lifted(_arrangement.tile)
repeat = lifted(_arrangement.repeat)
pad = lifted(_functions.pad)
flip = lifted(_functions.flip)
roll = lifted(_arrangement.roll)
tril = lifted(_arrangement.lower_triangle)
triu = lifted(_arrangement.upper_triangle)
diag = lifted(_arrangement.diagonal_matrix)
diagonal = lifted(_arrangement.diagonal_part)
trace = lifted(_arrangement.trace)
cast = lifted(_functions.cast)
one_hot = lifted(_functions.one_hot)

# -- order and positions ---------------------------------------------------------------------------------------
sort = lifted(_sorting.sort)
argsort = lifted(_sorting.argsort)
top_k = lifted(_sorting.top_k)
gather = take = lifted(_indexing.gather)
take_along_axis = lifted(_indexing.take_along_axis)
gather_nd = lifted(_indexing.gather_nd)
scatter = lifted(_indexing.scatter_nd)
scatter_add = lifted(_indexing.scatter_add)
scatter_update = lifted(_indexing.scatter_update)

# -- products and linear algebra -------------------------------------------------------------------------------
matmul = lifted(_functions.matmul)
dot = lifted(_functions.dot)
outer = lifted(_functions.outer)
einsum = lifted(_contraction.einsum)
inv = lifted(_linear_algebra.inverse)
solve = lifted(_linear_algebra.solve)
solve_triangular = lifted(_linear_algebra.triangular_solve)
det = lifted(_linear_algebra.determinant)
slogdet = lifted(_linear_algebra.slogdet)
cholesky = lifted(_linear_algebra.cholesky)
qr = lifted(_decompositions.qr)
svd = lifted(_decompositions.svd)
eigh = lifted(_decompositions.eigh)

# -- signals and pictures --------------------------------------------------------------------------------------
fft = lifted(_fourier.fft)
ifft = lifted(_fourier.ifft)
rfft = lifted(_fourier.rfft)
irfft = lifted(_fourier.irfft)
conv = lifted(_functions.conv)
max_pool = lifted(_functions.max_pool)
average_pool = lifted(_functions.average_pool)

# -- random numbers --------------------------------------------------------------------------------------------
random_uniform = lifted(_functions.random_uniform)
random_normal = lifted(_functions.random_normal)

__all__ = [
    "absolute",
    "add",
    "all",
    "any",
    "arange",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "argmax",
    "argmin",
    "argsort",
    "average_pool",
    "broadcast_to",
    "cast",
    "ceil",
    "cholesky",
    "clip",
    "concatenate",
    "conv",
    "cos",
    "cosh",
    "cumprod",
    "cumsum",
    "det",
    "diag",
    "diagonal",
    "divide",
    "dot",
    "eigh",
    "einsum",
    "equal",
    "erf",
    "erfinv",
    "exp",
    "exp2",
    "expand_dims",
    "expm1",
    "eye",
    "fft",
    "flip",
    "floor",
    "full",
    "gather",
    "gather_nd",
    "grad",
    "greater",
    "greater_equal",
    "ifft",
    "inv",
    "irfft",
    "isfinite",
    "isnan",
    "less",
    "less_equal",
    "linspace",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logsumexp",
    "matmul",
    "max",
    "max_pool",
    "maximum",
    "mean",
    "min",
    "minimum",
    "mod",
    "multiply",
    "norm",
    "not_equal",
    "one_hot",
    "ones",
    "outer",
    "pad",
    "power",
    "prod",
    "qr",
    "random_normal",
    "random_uniform",
    "reciprocal",
    "relu",
    "repeat",
    "reshape",
    "rfft",
    "roll",
    "round",
    "rsqrt",
    "scatter",
    "scatter_add",
    "scatter_update",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "slogdet",
    "softmax",
    "softplus",
    "solve",
    "solve_triangular",
    "sort",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "subtract",
    "sum",
    "svd",
    "swapaxes",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "tile",
    "top_k",
    "trace",
    "transpose",
    "tril",
    "triu",
    "trunc",
    "unstack",
    "value_and_grad",
    "var",
    "where",
    "zeros",
]
