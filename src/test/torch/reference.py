# The plain twin of gradients() for autograd: read it first if you know PyTorch and not this project. Joined
# by tests only.


def reference(
    self, x: Tensor, y: Tensor, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float]
) -> List[Tensor]:
    """Cross-entropy, weighted orthogonality term and divergence [3]; then gradients of the loss for down, up, omega
    (four each), head (two) and, without the orthogonality term, for the four composed stacks [L, P out, in]; zeros
    where nothing depends."""
    torch.set_grad_enabled(True)
    leaves = annotate(List[Tensor], [])
    for key in ["down", "up", "omega", "head"]:
        for t in s[key]:
            leaves.append(torch.detach(t).requires_grad_(True))
    w = annotate(List[Tensor], [])
    extra = torch.zeros([], dtype=x.dtype)
    for j in range(4):
        w.append(self.reference_weight(s, j, leaves[j], leaves[4 + j], leaves[8 + j]))
        if leaves[j].numel() > 0:
            extra = torch.add(extra, self.reference_orthogonality(s, j, leaves[j]))
    extra = torch.mul(extra, f["orthogonality"])
    z = self.reference_features(x, w, s["frozen"], c["heads"])
    loss = torch.cross_entropy_loss(torch.linear(z, leaves[12], leaves[13]), y)
    kl = torch.zeros_like(loss)
    if f["divergence"] > 0.0:
        p = torch.softmax(self.reference_features(x, s["reference"], s["frozen"], c["heads"]), 1)
        kl = torch.div(torch.sum(torch.mul(p, torch.log(torch.div(p, torch.softmax(z, 1))))), float(z.size(0)))
    result = [torch.detach(torch.stack([loss, extra, kl]))]
    loss = torch.add(torch.mul(loss, 1.0 - f["divergence"]), torch.mul(kl, f["divergence"]))
    leaves.extend(w)
    got = torch.autograd.grad([torch.add(loss, extra)], leaves, annotate(List[Optional[Tensor]], [None]), None, False, True)
    torch.set_grad_enabled(False)
    for i in range(len(leaves)):
        g = got[i]
        if g is not None:
            result.append(g)
        else:
            result.append(torch.zeros_like(leaves[i]))
    return result


def reference_weight(self, s: Dict[str, List[Tensor]], j: int, down: Tensor, up: Tensor, omega: Tensor) -> Tensor:
    """The composed stack [L, P out, in], branch by branch."""
    base = s["base"][j]
    if down.numel() == 0:
        return torch.add(base, torch.zeros([], dtype=base.dtype).requires_grad_(True))
    b = torch.view(base, [down.size(0), down.size(1), up.size(2), down.size(3)])
    b = torch.add(b, torch.mul(torch.matmul(up, down), s["gate"][j]))
    if s["past_down"][j].numel() > 0:
        r = s["past_down"][j].size(2) // omega.size(2)
        for t in range(omega.size(2)):
            a_t = torch.narrow(s["past_down"][j], 2, t * r, r)
            b_t = torch.narrow(s["past_up"][j], 3, t * r, r)
            k = torch.mul(torch.narrow(omega, 2, t, 1), s["past_gate"][j])
            b = torch.add(b, torch.mul(torch.matmul(b_t, a_t), torch.unsqueeze(k, 3)))
    return torch.view(b, base.shape)


def reference_orthogonality(self, s: Dict[str, List[Tensor]], j: int, down: Tensor) -> Tensor:
    """Sum of || S S^T - I ||_F over free matrices, S = past rows above down."""
    rows = down
    if s["past_down"][j].numel() > 0:
        rows = torch.cat([s["past_down"][j], down], 2)
    e = torch.sub(torch.matmul(rows, torch.transpose(rows, 2, 3)), torch.eye(rows.size(2), dtype=rows.dtype))
    return torch.sum(torch.mul(torch.linalg_vector_norm(e, 2, [2, 3]), s["free"][j]))


def reference_features(self, x: Tensor, w: List[Tensor], frozen: List[Tensor], heads: int) -> Tensor:
    """Class token after the last norm, [n, D]; all tokens through every block, a convolution for the
    patches."""
    n = x.size(0)
    d = frozen[0].size(0)
    p = int(torch.sqrt(float(frozen[0].size(1)) / 3.0) + 0.5)
    h = torch.conv2d(x, torch.view(frozen[0], [d, 3, p, p]), frozen[1], [p, p])
    h = torch.transpose(torch.flatten(h, 2), 1, 2)
    h = torch.add(torch.cat([torch.expand(frozen[2], [n, 1, d]), h], 1), frozen[3])
    for i in range(w[0].size(0)):
        o = 4 + 8 * i
        z = torch.layer_norm(h, [d], frozen[o], frozen[o + 1], 1e-6)
        qkv = torch.view(torch.linear(z, w[0][i], frozen[o + 2]), [n, -1, 3, heads, d // heads])
        q, k, v = torch.unbind(torch.permute(qkv, [2, 0, 3, 1, 4]))
        p_ = torch.softmax(torch.mul(torch.matmul(q, torch.transpose(k, 2, 3)), float(d // heads) ** -0.5), -1)
        a = torch.reshape(torch.transpose(torch.matmul(p_, v), 1, 2), [n, -1, d])
        h = torch.add(h, torch.linear(a, w[1][i], frozen[o + 3]))
        z = torch.layer_norm(h, [d], frozen[o + 4], frozen[o + 5], 1e-6)
        h = torch.add(h, torch.linear(torch.gelu(torch.linear(z, w[2][i], frozen[o + 6])), w[3][i], frozen[o + 7]))
    o = 4 + 8 * w[0].size(0)
    return torch.select(torch.layer_norm(h, [d], frozen[o], frozen[o + 1], 1e-6), 1, 0)


def reference_inputs(
    self, pixels: List[Tensor], rows: Tensor, w: List[Tensor], frozen: List[Tensor], heads: int
) -> List[Tensor]:
    """Rows [k, in] that go into the four stacks of each block, block after block, of images of one size, scaled from
    -1 to 1; all tokens, and in the last block the class token alone beyond keys
    and values."""
    x = torch.sub(torch.div(torch.index_select(pixels[0], 0, rows).to(7), 127.5), 1.0)
    n = x.size(0)
    d = frozen[0].size(0)
    p = int(torch.sqrt(float(frozen[0].size(1)) / 3.0) + 0.5)
    h = torch.conv2d(x, torch.view(frozen[0], [d, 3, p, p]), frozen[1], [p, p])
    h = torch.transpose(torch.flatten(h, 2), 1, 2)
    h = torch.add(torch.cat([torch.expand(frozen[2], [n, 1, d]), h], 1), frozen[3])
    result = annotate(List[Tensor], [])
    depth = w[0].size(0)
    for i in range(depth):
        o = 4 + 8 * i
        z = torch.layer_norm(h, [d], frozen[o], frozen[o + 1], 1e-6)
        qkv = torch.view(torch.linear(z, w[0][i], frozen[o + 2]), [n, -1, 3, heads, d // heads])
        q, k, v = torch.unbind(torch.permute(qkv, [2, 0, 3, 1, 4]))
        p_ = torch.softmax(torch.mul(torch.matmul(q, torch.transpose(k, 2, 3)), float(d // heads) ** -0.5), -1)
        a = torch.reshape(torch.transpose(torch.matmul(p_, v), 1, 2), [n, -1, d])
        h = torch.add(h, torch.linear(a, w[1][i], frozen[o + 3]))
        z2 = torch.layer_norm(h, [d], frozen[o + 4], frozen[o + 5], 1e-6)
        e = torch.gelu(torch.linear(z2, w[2][i], frozen[o + 6]))
        h = torch.add(h, torch.linear(e, w[3][i], frozen[o + 7]))
        result.append(torch.flatten(z, 0, 1))
        for t in [a, z2, e]:
            if i == depth - 1:
                t = torch.narrow(t, 1, 0, 1)
            result.append(torch.flatten(t, 0, 1))
    return result


def reference_batch(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], seed: int, rows: Tensor
) -> Tensor:
    """The plain twin of batch(), fp64 [n, 3, side, side]: Pillow's resize image by image, then flip, brightness, x / 255, mean
    and deviation."""
    pixels = s["pixels"]
    u = torch.rand([rows.size(0), 24], dtype=7, generator=torch.Generator(device="cpu", seed=seed))
    boxes = self.boxes(u, self.image_sizes(pixels, rows), f["crop_min"], f["crop_max"])
    each = annotate(List[Tensor], [])
    for k in range(rows.size(0)):
        row = int(rows[k])
        image = pixels[0][row] if len(pixels) == 1 else self.image(pixels, row)
        x = self.resize(torch.unsqueeze(image, 0), torch.narrow(boxes, 0, k, 1), c["side"], c["side"], c["train_filter"], 1)
        if c["flip"] == 1 and bool(torch.lt(u[k, 22], 0.5)):
            x = self.flip(x)
        b = f["brightness"]
        if b > 0.0:
            x = self.brightness(x, torch.add(torch.mul(torch.narrow(u[k], 0, 23, 1), 2.0 * b), 1.0 - b))
        channels = annotate(List[Tensor], [])
        for j in range(3):
            level = torch.div(torch.narrow(x, 1, j, 1).to(7), 255.0)
            channels.append(torch.div(torch.sub(level, f["mean" + str(j)]), f["std" + str(j)]))
        each.append(torch.cat(channels, 1))
    return torch.cat(each)
