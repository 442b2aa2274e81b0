# Forward passes outside training: views of the adapters, features, logits. Always in chunks of one size, the
# last one padded, because a product of another number of rows may sum in another order: a row's bits then do
# not depend on its company.


def compose_view(
    self, base: List[Tensor], down: List[Tensor], up: List[Tensor], column: List[Tensor], dense: List[Tensor],
    places: List[int], dtype: int
) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    """base + up diag(column) down + dense, four new stacks [L, P out, in]; base m, down [L, P, R, in], up [L, P, out,
    R], column [L, P, R], dense [out, in] m each at its stack, block and part in places. In the master type this is the
    fold."""
    w = annotate(List[Tensor], [])
    for j in range(4):
        b = base[j]
        fresh = False
        if down[j].numel() > 0:
            b = self.add_branches(b, torch.mul(up[j], torch.unsqueeze(column[j], 2)), down[j])
            fresh = True
        for k in range(len(dense)):
            if places[3 * k] == j:
                if not fresh:
                    b = torch.clone(b, memory_format=0)
                    fresh = True
                rows = dense[k].size(0)
                torch.add_(torch.narrow(b[places[3 * k + 1]], 0, places[3 * k + 2] * rows, rows), dense[k])
        w.append(b.to(dtype, False, not fresh))
    return (w[0], w[1], w[2], w[3])


def network(self, x: Tensor, w: List[Tensor], frozen: List[Tensor], c: Dict[str, int], kernel: int) -> Tensor:
    """Class token after the last norm, m [n, D]."""
    n = x.size(0)
    h = self.embed(x, frozen)
    depth = w[0].size(0)
    for i in range(depth):
        h = self.block(h, n, w, frozen, i, c, kernel, annotate(List[List[Tensor]], []))
    o = 4 + 8 * depth
    return torch.layer_norm(h.to(frozen[o].dtype), [h.size(1)], frozen[o], frozen[o + 1], 1e-6)


def padded(self, rows: Tensor, count: int) -> Tensor:
    """rows with the first repeated up to count."""
    missing = count - rows.size(0)
    if missing == 0:
        return rows
    return torch.cat([rows, torch.expand(torch.narrow(rows, 0, 0, 1), [missing] + rows.shape[1:])])


def features(
    self, pixels: List[Tensor], rows: Tensor, w: List[Tensor], frozen: List[Tensor], c: Dict[str, int],
    f: Dict[str, float], chunk: int
) -> Tensor:
    """Features m [k, D] of k <= chunk images, in the evaluation's pixels."""
    torch.set_grad_enabled(False)
    x = self.scaled(self.evaluate_bytes(pixels, self.padded(rows, chunk), c), f, frozen[len(frozen) - 1])
    return torch.clone(torch.narrow(self.network(x, w, frozen, c, c["kernel"]), 0, 0, rows.size(0)))


def logits(self, features: Tensor, weight: Tensor, bias: Tensor, chunk: int) -> Tensor:
    """features weight^T + bias, [n, C], in padded chunks."""
    parts = annotate(List[Tensor], [])
    for part in torch.split(features, chunk):
        z = torch.linear(self.padded(part, chunk), weight, bias)
        parts.append(torch.narrow(z, 0, 0, part.size(0)))
    return torch.cat(parts)


def probe(
    self, n: int, tokens: int, width: int, hidden: int, heads: int, c: Dict[str, int], device: str, seed: int
) -> Tensor:
    """Three linears, gelu, norm and one attention of a block, forward and backward once: what a mode costs on a device.

    Few numbers are drawn and then repeated: drawing takes the same time in every mode and would hide differences.
    """
    g = torch.Generator(device="cpu", seed=seed)
    to = torch.device(device)
    dtype = c["dtype"]
    kernel = c["kernel"]
    x = torch.repeat(torch.to(torch.randn([tokens, width], generator=g), to, dtype), [n, 1])
    used = annotate(List[Tensor], [])  # what nobody reads would not be computed
    for out in [3 * width, width, hidden]:
        w = torch.to(torch.randn([out, width], generator=g), to, dtype)
        y = self.rows(x, w, None, kernel)
        used.append(self.outer(y, x, kernel)[0, 0])
        used.append(self.rows_back(y, w, kernel)[0, 0])
        if out == hidden:
            used.append(torch.gelu_backward(torch.gelu(y), y)[0, 0])
    one = torch.ones([width], dtype=dtype if x.is_cuda else 6, device=to)
    z, mean, rstd = self.norm(x, one, one)
    used.append(self.norm_back(z, x, mean, rstd, one, one)[0, 0])
    keep = self.self_attend(torch.repeat(x, [1, 3]), n, heads, c["fused"])
    used.append(self.self_attend_back(x, n, heads, c["fused"], keep)[0, 0])
    return torch.sum(torch.stack(used))
