# -- parts -----------------------------------------------------------------------------------------------------
KEYS: list[Any] = [
    0,
    -1,
    slice(1, None),
    (slice(None), 2),
    (Ellipsis, slice(None, None, 2)),
    (slice(None), slice(None, None, -1)),
    (None, 1, ..., slice(-3, -1)),
    (slice(5, 2),),
    (slice(None), np.array([2, 0, 2])),
    (0, [[1, 2], [0, 0]], slice(1, 3)),
]


@pytest.mark.parametrize("key", KEYS, ids=[str(k) for k in KEYS])
def test_parts_are_those_of_numpy(key: Any) -> None:
    x = numbers(2, 3, 4)
    expected = x[key]
    if expected.size:
        check(lambda t: t[key], [x], expected)
    else:
        assert Bench().input(x)[key].shape == expected.shape


def test_a_tensor_unpacks_along_its_first_dimension() -> None:
    bench = Bench()
    first, second = bench.input(np.array([1.0, 2.0]))
    assert [float(v) for v in bench.run(first, second)] == [1.0, 2.0]


@pytest.mark.parametrize("key", [(0, 0, 0, 0), (..., ...), 1.5, ([0], [0])])
def test_a_wrong_key_is_explained(key: Any) -> None:
    with pytest.raises(ShapeError, match="received|take gather_nd"):
        Bench().input(numbers(2, 3, 4))[key]
