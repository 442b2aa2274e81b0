# The Vision Transformer on rows [n N, D]: every linear layer is one product. In the last block only the class
# token goes beyond keys and values, which is exact because nothing else is read after it. w: four stacks of
# composed weights, qkv [L, 3 D, D], out [L, D, D], fc1 [L, H, D], fc2 [L, D, H]. frozen: patch weight, patch
# bias, class token, positions; eight of each block: norm1 weight and bias, qkv bias, out bias, norm2 weight
# and bias, fc1 bias, fc2 bias; weight and bias of the last norm.


def embed(self, x: Tensor, frozen: List[Tensor]) -> Tensor:
    """Images [n, 3, side, side] to rows [n N, D]; a reshape and a product, so that no convolution chooses its
    precision."""
    n = x.size(0)
    d = frozen[0].size(0)
    patch = int(torch.sqrt(float(frozen[0].size(1)) / 3.0) + 0.5)
    grid = x.size(2) // patch
    across = x.size(3) // patch
    pieces = torch.empty([n, grid, across, 3, patch, patch], dtype=frozen[0].dtype, device=x.device)
    torch.copy_(pieces, torch.permute(torch.view(x, [n, 3, grid, patch, across, patch]), [0, 2, 4, 1, 3, 5]))
    t = torch.linear(torch.view(pieces, [n * grid * across, -1]), frozen[0], frozen[1])
    h = torch.cat([torch.expand(frozen[2], [n, 1, d]), torch.view(t, [n, grid * across, d])], 1)
    return torch.view(torch.add(h, frozen[3]), [-1, d])


def first_row(self, h: Tensor, n: int) -> Tensor:
    """The class token's row of each image, [n, D], a view."""
    return torch.select(torch.view(h, [n, -1, h.size(1)]), 1, 0)


def block(
    self, h: Tensor, n: int, w: List[Tensor], frozen: List[Tensor], i: int, c: Dict[str, int], kernel: int,
    keep: List[List[Tensor]]
) -> Tensor:
    """One pre-norm block, [n N, D] to the same, in the last block to [n, D]; appends what block_back() needs
    to keep."""
    d = h.size(1)
    o = 4 + 8 * i
    heads = c["heads"]
    z, mean, rstd = self.norm(h, frozen[o], frozen[o + 1])
    if i == w[0].size(0) - 1:
        wq = torch.narrow(w[0][i], 0, 0, d)
        wkv = torch.narrow(w[0][i], 0, d, 2 * d)
        q = self.rows(self.first_row(z, n), wq, torch.narrow(frozen[o + 2], 0, 0, d), kernel)
        kv = self.split_heads(self.rows(z, wkv, torch.narrow(frozen[o + 2], 0, d, 2 * d), kernel), n, 2, heads)
        att = self.attend(self.split_heads(q, n, 1, heads)[0], kv[0], kv[1])
        h1 = self.first_row(h, n)
    else:
        att = self.self_attend(self.rows(z, w[0][i], frozen[o + 2], kernel), n, heads, c["fused"])
        h1 = h
    a = self.merge_heads(torch.unsqueeze(att[0], 0))
    h1 = torch.add(self.rows(a, w[1][i], frozen[o + 3], kernel), h1)
    z2, mean2, rstd2 = self.norm(h1, frozen[o + 4], frozen[o + 5])
    y = self.rows(z2, w[2][i], frozen[o + 6], kernel)
    f = torch.gelu(y)
    keep.append([h, mean, rstd, z, a, h1, mean2, rstd2, z2, y, f])
    keep.append(att)
    return torch.add(self.rows(f, w[3][i], frozen[o + 7], kernel), h1)


def block_back(
    self, g: Tensor, n: int, w: List[Tensor], i: int, keep: List[List[Tensor]], s: Dict[str, List[Tensor]],
    c: Dict[str, int], live: List[int], cast: List[List[Tensor]], first: bool
) -> Tensor:
    """Gradient of a block's output to that of its input, [n N, D]; hands input rows and gradient rows of each
    matrix to collect(). In the first block that is needed the gradient of its input is not formed."""
    frozen = s["frozen"]
    o = 4 + 8 * i
    kernel = c["kernel"]
    h, mean, rstd, z, a, h1, mean2, rstd2, z2, y, f = keep[0]
    self.collect(f, g, 3, i, 0, 1, s, c, live, cast)
    dy = torch.gelu_backward(self.rows_back(g, w[3][i], kernel), y)
    self.collect(z2, dy, 2, i, 0, 1, s, c, live, cast)
    dh1 = self.norm_back(self.rows_back(dy, w[2][i], kernel), h1, mean2, rstd2, frozen[o + 4], frozen[o + 5])
    g = torch.add_(dh1, g)
    self.collect(a, g, 1, i, 0, 1, s, c, live, cast)
    da = self.rows_back(g, w[1][i], kernel)
    if i == w[0].size(0) - 1:
        parts = self.attend_back(self.split_heads(da, n, 1, c["heads"])[0], keep[1])
        return self.last_input_back(g, n, w[0][i], i, keep[0], parts, s, c, live, cast, first)
    dqkv = self.self_attend_back(da, n, c["heads"], c["fused"], keep[1])
    self.collect(z, dqkv, 0, i, 0, 3, s, c, live, cast)
    if first:
        return g
    dh = self.norm_back(self.rows_back(dqkv, w[0][i], kernel), h, mean, rstd, frozen[o], frozen[o + 1])
    return torch.add_(dh, g)


def last_input_back(
    self, g: Tensor, n: int, w: Tensor, i: int, keep: List[Tensor], parts: List[Tensor],
    s: Dict[str, List[Tensor]], c: Dict[str, int], live: List[int], cast: List[List[Tensor]], first: bool
) -> Tensor:
    """The end of block_back() for the last block: g [n, D] and the query belong to the class token, keys and
    values to all."""
    d = g.size(1)
    o = 4 + 8 * i
    z = keep[3]
    dq = self.merge_heads(torch.unsqueeze(parts[0], 0))
    dkv = self.merge_heads(torch.stack([parts[1], parts[2]]))
    self.collect(self.first_row(z, n), dq, 0, i, 0, 1, s, c, live, cast)
    self.collect(z, dkv, 0, i, 1, 2, s, c, live, cast)
    if first:
        return g
    dz = self.rows_back(dkv, torch.narrow(w, 0, d, 2 * d), c["kernel"])
    torch.add_(self.first_row(dz, n), self.rows_back(dq, torch.narrow(w, 0, 0, d), c["kernel"]))
    dh = self.norm_back(dz, keep[0], keep[1], keep[2], s["frozen"][o], s["frozen"][o + 1])
    torch.add_(self.first_row(dh, n), g)
    return dh


def resize_positions(self, positions: Tensor, before: int, after: int) -> Tensor:
    """A position table [1, 1 + before^2, D] for a grid of another side, [1, 1 + after^2, D]: bicubic, corners not aligned, no
    antialias; the class token's row stays."""
    d = positions.size(2)
    grid = torch.permute(torch.view(torch.narrow(positions, 1, 1, before * before), [1, before, before, d]), [0, 3, 1, 2])
    grid = torch.upsample_bicubic2d(torch.contiguous(grid), [after, after], False)
    rows = torch.reshape(torch.permute(grid, [0, 2, 3, 1]), [1, after * after, d])
    return torch.cat([torch.narrow(positions, 1, 0, 1), rows], 1)
