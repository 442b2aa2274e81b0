# One small method for each kind of argument and result that crosses the bridge. Joined only by tests.


def sum_of_numbers(self, a: int, b: float, yes: bool, text: str, ints: List[int], floats: List[float]) -> Tensor:
    total = float(a) + b
    if yes:
        total = total + 1000.0
    for i in ints:
        total = total + float(i)
    for f in floats:
        total = total + f
    return torch.tensor([total, float(len(text))], dtype=7)


def sum_of_list(self, tensors: List[Tensor]) -> Tensor:
    total = torch.zeros([], dtype=7)
    for x in tensors:
        total = torch.add(total, torch.sum(x, dtype=7))
    return total


def add_to_state(self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float]) -> Tensor:
    x = s["x"][0]
    return torch.add_(x, float(c["count"]) * f["rate"])


def given(self, x: Optional[Tensor]) -> Tensor:
    return torch.tensor(x is not None)


def pair(self, x: Tensor) -> Tuple[Tensor, Tensor]:
    return (torch.add(x, 1), torch.mul(x, 2))


def many(self, x: Tensor, count: int) -> List[Tensor]:
    out = annotate(List[Tensor], [])
    for i in range(count):
        out.append(torch.add(x, i))
    return out


def number(self, x: Tensor) -> int:
    return torch.numel(x)


def transposed(self, x: Tensor) -> Tensor:
    return torch.transpose(x, 0, 1)


def cast(self, x: Tensor, dtype: int) -> Tensor:
    return x.to(dtype)


def differentiate(self, x: Tensor) -> Tensor:
    """The gradient of sum(x^3) by autograd: works outside inference mode only."""
    torch.set_grad_enabled(True)
    leaf = torch.detach(x).requires_grad_(True)
    loss = torch.sum(torch.mul(torch.mul(leaf, leaf), leaf))
    result = torch.autograd.grad([loss], [leaf])[0]
    torch.set_grad_enabled(False)
    assert result is not None
    return torch.detach(result)


def tracks_gradients(self) -> Tensor:
    return torch.tensor(torch.is_grad_enabled())


def fail_between_switches(self, x: Tensor) -> Tensor:
    torch.set_grad_enabled(True)
    assert torch.numel(x) < 0
    torch.set_grad_enabled(False)
    return x


def numerous_products(self, seed: int) -> Tensor:
    g = torch.Generator(device="cpu", seed=seed)
    x = torch.randn([64, 96], generator=g)
    w = torch.randn([96, 96], generator=g)
    for i in range(6):
        x = torch.tanh(torch.mul(torch.matmul(x, w), 0.1))
    return x


def reserve(self, size: int) -> Tensor:
    return torch.zeros([size])
