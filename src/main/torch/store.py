# Storage: tensors made, filled, cut and copied.
# Types as numbers: 0 = u8, 4 = i64, 5 = fp16, 6 = fp32, 7 = fp64, 11 = bool, 15 = bf16.
# A flat tensor and its windows share their elements: what is written to one is seen in the other.


def adopt(self, x: Tensor, dtype: int, device: str) -> Tensor:
    """A copy of x in memory of libtorch's own, of the given type, on the given device."""
    return torch.to(x, torch.device(device), dtype, False, True)


def zeros(self, shape: List[int], dtype: int, device: str) -> Tensor:
    return torch.zeros(shape, dtype=dtype, device=torch.device(device))


def window(self, flat: Tensor, offset: int, shape: List[int]) -> Tensor:
    """A view of the elements from offset on, row by row; flat is contiguous and may have any shape."""
    count = 1
    for size in shape:
        count = torch.mul(count, size)
    return torch.view(torch.narrow(torch.view(flat, [-1]), 0, offset, count), shape)


def fill(self, target: Tensor, value: Tensor) -> Tensor:
    """Copies value into target in place, casting to its type; value is broadcast."""
    return torch.copy_(target, value)


def draw_uniform(self, seed: int, shape: List[int], bound: float, dtype: int) -> Tensor:
    """Uniform in [-bound, bound), on the CPU; drawn in fp32, so that every master type starts from the same numbers."""
    u = torch.rand(shape, generator=torch.Generator(device="cpu", seed=seed), dtype=6)
    return torch.mul(torch.sub(torch.mul(u, 2.0), 1.0), bound).to(dtype)


def draw_normal(self, seed: int, shape: List[int], std: float, dtype: int) -> Tensor:
    """Normal with mean 0, on the CPU, drawn in fp32."""
    z = torch.randn(shape, generator=torch.Generator(device="cpu", seed=seed), dtype=6)
    return torch.mul(z, std).to(dtype)


def copy_out(self, x: Tensor) -> Tensor:
    """A contiguous copy on the CPU in a type that Java reads: fp16 and bf16 become fp32, bool u8, int i64."""
    dtype = x.dtype
    if dtype == 5 or dtype == 15:
        dtype = 6
    if dtype == 11:
        dtype = 0
    if dtype == 3:
        dtype = 4
    return torch.contiguous(torch.to(x, torch.device("cpu"), dtype, False, True))


def join(self, tensors: List[Tensor], dim: int) -> Tensor:
    return torch.cat(tensors, dim)


def narrow(self, x: Tensor, dim: int, start: int, count: int) -> Tensor:
    """A contiguous copy of a part of x."""
    return torch.clone(torch.narrow(x, dim, start, count), memory_format=0)


def same(self, a: Tensor, b: Tensor) -> Tensor:
    """One truth value: equal type, shape and bits of every element."""
    equal = False
    if a.dtype == b.dtype and a.size() == b.size():
        equal = torch.equal(torch.view(torch.contiguous(a), 0), torch.view(torch.contiguous(b), 0))
    return torch.tensor(equal)


def nothing(self) -> Optional[Tensor]:
    """An absent argument: the bridge cannot make one."""
    return None
