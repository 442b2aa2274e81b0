# Storage: the only way tensors come into being, change from outside, or leave. Types of numbers are
# libtorch's: 0 = uint8, 4 = int64, 5 = fp16, 6 = fp32, 7 = fp64, 11 = bool, 15 = bf16.


def adopt(self, x: Tensor, dtype: int, device: str) -> Tensor:
    """A copy of x in memory of libtorch's own, contiguous."""
    return torch.contiguous(x).to(torch.device(device), dtype, False, True)


def zeros(self, shape: List[int], dtype: int, device: str) -> Tensor:
    """Zeros of a shape."""
    return torch.zeros(shape, dtype=dtype, device=torch.device(device))


def room(self, count: int) -> Tensor:
    """Bytes u8 [count] that are still to be written."""
    return torch.empty([count], dtype=0)


def mapped(self, path: str, count: int) -> Tensor:
    """The bytes u8 [count] of a file; a change of either is seen by both."""
    return torch.from_file(path, True, count, dtype=0)


def window(self, flat: Tensor, offset: int, shape: List[int]) -> Tensor:
    """Elements from offset on, row by row, seen with a shape; a change of either is seen by both. flat is contiguous."""
    count = 1
    for size in shape:
        count = count * size
    return torch.view(torch.narrow(torch.view(flat, [-1]), 0, offset, count), shape)


def fill(self, target: Tensor, value: Tensor) -> Tensor:
    """Write value into target, casting; the target."""
    return torch.copy_(target, value)


def draw_uniform(self, seed: int, shape: List[int], bound: float, dtype: int) -> Tensor:
    """Uniform in [-bound, bound). Drawn in fp32, so that every master type starts from the same numbers."""
    u = torch.rand(shape, dtype=6, generator=torch.Generator(device="cpu", seed=seed))
    return torch.mul(torch.sub(torch.mul(u, 2.0), 1.0), bound).to(dtype)


def draw_normal(self, seed: int, shape: List[int], std: float, dtype: int) -> Tensor:
    """Normal with mean 0, drawn in fp32."""
    return torch.mul(torch.randn(shape, dtype=6, generator=torch.Generator(device="cpu", seed=seed)), std).to(dtype)


def copy_out(self, x: Tensor) -> Tensor:
    """A contiguous copy on the CPU in a type that Java reads: halves are widened to fp32, booleans become
    uint8."""
    dtype = x.dtype
    if dtype == 15 or dtype == 5:
        dtype = 6
    if dtype == 11:
        dtype = 0
    return torch.contiguous(x.to(torch.device("cpu"), dtype, False, True))


def join(self, tensors: List[Tensor], dim: int) -> Tensor:
    """Tensors one after the other along a dimension."""
    return torch.cat(tensors, dim)


def times(self, x: Tensor, factor: float) -> Tensor:
    """x times a number."""
    return torch.mul(x, factor)


def gather_rows(self, blocks: List[Tensor], rows: List[int], size: int) -> Tensor:
    """Rows by their numbers, [n, ...], where the blocks [size, ...] lie one behind the other; the last may be shorter."""
    return torch.stack([blocks[r // size][r % size] for r in rows])


def narrow(self, x: Tensor, dim: int, start: int, count: int) -> Tensor:
    """A contiguous copy of part of x."""
    return torch.clone(torch.narrow(x, dim, start, count), memory_format=0)


def same(self, a: Tensor, b: Tensor) -> Tensor:
    """Whether two tensors have the same type, shape and bits, a boolean; every NaN counts as the same."""
    equal = False
    if a.dtype == b.dtype and a.size() == b.size():
        bits = torch.logical_and(torch.eq(a, b), torch.eq(torch.signbit(a), torch.signbit(b)))
        both = torch.logical_and(torch.isnan(a), torch.isnan(b))
        equal = bool(torch.all(torch.logical_or(bits, both)))
    return torch.tensor(equal)


def nothing(self) -> Optional[Tensor]:
    """An absent argument: the bridge cannot make one."""
    return None
