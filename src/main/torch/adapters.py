# Adapters of a ViT: one dense weight a matrix for the forward, gradients of the factors in two equal forms.
# Letters: n images, N tokens, D width, L blocks, H width of the MLP, P parts (3 for qkv, else 1), r rank, t
# past adapters, R = t r. Four stacks j: 0 qkv, 1 out, 2 fc1, 3 fc2. w = compute type, m = master type (fp32;
# fp64 in tests). The state map s, lists of tensors:
#   frozen                    see vit.py; norms m, all others w
#   base                      [L, P out, in] m, pretrained weights and what is constant within the task
#   down, up                  [L, P, r, in], [L, P, out, r], the adapters that train; empty where a stack has none
#   past_down, past_up        [L, P, R, in], [L, P, out, R]; empty where no past adapter is live
#   omega                     [L, P, t], coefficients of the past adapters
#   gate, past_gate, free     [L, P, 1, 1], [L, P, 1], [L, P]: factors of both branches; 1 where orthogonality applies
#   past_error                [L P, 1, 1], the constant part of the orthogonality term
#   head                      [C, D], [C], the rows of the classes in scope
#   reference                 four stacks w, what the divergence compares features with; absent without one
#   value, grad, m, v, t      one flat tensor an optimiser group, and its step counter; the above are windows of value
#   g_down, g_up, g_omega, g_head   windows of grad; g_down or g_up empty where that half does not train
#   sensitivity, uncertainty  [L P], importance of each matrix
#   pixels, labels, order     image store (pixels.py), class positions i64, rows of this epoch i64 on the CPU
#   failed                    scalar, 1 once a loss or gradient was not finite
#   weights, g_weights        windows of everything, for full fine-tuning only


def past_factor(self, s: Dict[str, List[Tensor]], j: int) -> Tensor:
    """The coefficient of each past column, omega times its gate, [L, P, R]."""
    k = torch.mul(s["omega"][j], s["past_gate"][j])
    each = s["past_down"][j].size(2) // k.size(2)
    return torch.flatten(torch.expand(torch.unsqueeze(k, 3), [-1, -1, -1, each]), 2)


def compose(self, s: Dict[str, List[Tensor]], dtype: int) -> List[Tensor]:
    """base + past_up diag(past_factor) past_down + gate up down, four stacks [L, P out, in], cast once."""
    w = annotate(List[Tensor], [])
    for j in range(4):
        b = s["base"][j]
        down = s["down"][j]
        if down.numel() > 0:
            up = torch.mul(s["up"][j], s["gate"][j])
            if s["past_down"][j].numel() > 0:
                up = torch.cat([torch.mul(s["past_up"][j], torch.unsqueeze(self.past_factor(s, j), 2)), up], 3)
                down = torch.cat([s["past_down"][j], down], 2)
            b = self.add_branches(b, up, down)
        w.append(b.to(dtype))
    return w


def add_branches(self, base: Tensor, up: Tensor, down: Tensor) -> Tensor:
    """base + up down; [L, P out, in], [L, P, out, k], [L, P, k, in]."""
    b = torch.view(base, [up.size(0) * up.size(1), up.size(2), down.size(3)])
    return torch.view(torch.baddbmm(b, torch.flatten(up, 0, 1), torch.flatten(down, 0, 1)), base.shape)


def stacked(self, past: Tensor, now: Tensor, dim: int, dtype: int) -> Tensor:
    """Past and current factors side by side along the rank."""
    if past.numel() > 0:
        now = torch.cat([past, now], dim)
    return now.to(dtype)


def gradient_inputs(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], w: List[Tensor], parts: int
) -> List[List[Tensor]]:
    """What collect() reads or fills: the factors [.., R + r] in the compute type, or zeroed dense gradients. Those of
    several parts are summed in the master type, whatever the type of the products."""
    result = annotate(List[List[Tensor]], [])
    if c["dense"] == 1:
        dtype = w[0].dtype
        if parts > 1:
            dtype = s["base"][0].dtype
        result.append([torch.zeros_like(t, dtype=dtype) for t in w])
    else:
        result.append([self.stacked(s["past_down"][j], s["down"][j], 2, c["dtype"]) for j in range(4)])
        result.append([self.stacked(s["past_up"][j], s["up"][j], 3, c["dtype"]) for j in range(4)])
    return result


def collect(
    self, x: Tensor, g: Tensor, j: int, i: int, lo: int, parts: int, s: Dict[str, List[Tensor]],
    c: Dict[str, int], live: List[int], cast: List[List[Tensor]]
) -> None:
    """Add what parts lo .. lo + parts of a matrix give from its input rows x and gradient rows g, before the
    gates."""
    if s["down"][j].numel() == 0:
        return
    site = 6 * i + lo
    if j > 0:
        site = 6 * i + 2 + j
    wanted = annotate(List[bool], [])
    count = 0
    for m in range(parts):
        wanted.append(live[site + m] == 1 or c["importance"] == 2)
        count = count + int(wanted[m])
    if count == 0:
        return
    if c["dense"] == 1:
        self.collect_dense(x, g, cast[0][j][i], lo, wanted, count, c["kernel"])
    else:
        self.collect_skinny(x, g, j, i, lo, wanted, s, c["kernel"], cast)


def collect_dense(
    self, x: Tensor, g: Tensor, dense: Tensor, lo: int, wanted: List[bool], count: int, kernel: int
) -> None:
    """g^T x, one product where all parts are wanted."""
    out = g.size(1) // len(wanted)
    if count == len(wanted):
        self.add_outer(torch.narrow(dense, 0, lo * out, count * out), g, x, kernel)
    else:
        for m in range(len(wanted)):
            if wanted[m]:
                self.add_outer(torch.narrow(dense, 0, (lo + m) * out, out), torch.narrow(g, 1, m * out, out), x, kernel)


def collect_skinny(
    self, x: Tensor, g: Tensor, j: int, i: int, lo: int, wanted: List[bool], s: Dict[str, List[Tensor]],
    kernel: int, cast: List[List[Tensor]]
) -> None:
    """Z = x [past_down; down]^T and U = g [past_up, up]; up: (Z^T g)^T, down: U^T x, omega: sum of Z U over a
    branch."""
    parts = len(wanted)
    out = g.size(1) // parts
    r = s["down"][j].size(2)
    k = cast[0][j].size(2)
    z = self.rows(x, torch.flatten(torch.narrow(cast[0][j][i], 0, lo, parts), 0, 1), None, kernel)  # [rows, parts k]
    for m in range(parts):
        if wanted[m]:
            p = lo + m
            gp = torch.narrow(g, 1, m * out, out)
            zp = torch.narrow(z, 1, m * k, k)
            u = self.rows_back(gp, cast[1][j][i][p], kernel)  # [rows, k]
            if s["g_up"][j].numel() > 0:
                self.add_outer(s["g_up"][j][i][p], gp, torch.narrow(zp, 1, k - r, r), kernel)
            if s["g_down"][j].numel() > 0:
                self.add_outer(s["g_down"][j][i][p], torch.narrow(u, 1, k - r, r), x, kernel)
            if k > r:
                both = torch.mul(torch.narrow(zp, 1, 0, k - r), torch.narrow(u, 1, 0, k - r))
                self.add_branch_sums(s["g_omega"][j][i][p], torch.sum(both, [0], False, dtype=s["base"][j].dtype))


def add_branch_sums(self, omega: Tensor, columns: Tensor) -> None:
    """Add the sum over each branch's columns: omega [.., t], columns [.., R]."""
    torch.add_(omega, torch.sum(torch.view(columns, omega.shape + [-1]), [-1]))


def finish(
    self, w: List[Tensor], s: Dict[str, List[Tensor]], c: Dict[str, int], cast: List[List[Tensor]]
) -> List[Tensor]:
    """Dense form: factor gradients from the dense gradients, and the mean of |W G| of each matrix, [L P] a
    stack, where importance is on. Both forms: gates."""
    importance = annotate(List[Tensor], [])
    for j in range(4):
        down = s["down"][j]
        if down.numel() > 0:
            if c["dense"] == 1:
                g = torch.view(cast[0][j], [-1, s["up"][j].size(2), down.size(3)])
                self.factor_gradients(g, j, s)
                if c["importance"] > 0:
                    size = float(g.size(1) * g.size(2))
                    one = torch.linalg_vector_norm(torch.mul(torch.view(w[j], g.shape), g), 1, [1, 2], dtype=down.dtype)
                    importance.append(torch.div(one, size))
            for half in [s["g_up"][j], s["g_down"][j]]:
                if half.numel() > 0:
                    torch.mul_(half, s["gate"][j])
            if s["past_down"][j].numel() > 0:
                torch.mul_(s["g_omega"][j], s["past_gate"][j])
        else:
            importance.append(down)
    return importance


def factor_gradients(self, g: Tensor, j: int, s: Dict[str, List[Tensor]]) -> None:
    """From dense gradients g [L P, out, in]: up: g down^T, down: up^T g, omega: sum of (past_up^T g)
    past_down."""
    down = torch.flatten(s["down"][j], 0, 1).to(g.dtype)
    up = torch.flatten(s["up"][j], 0, 1).to(g.dtype)
    if s["g_up"][j].numel() > 0:
        torch.copy_(s["g_up"][j], torch.view(torch.bmm(g, torch.transpose(down, 1, 2)), s["up"][j].shape))
    if s["g_down"][j].numel() > 0:
        torch.copy_(s["g_down"][j], torch.view(torch.bmm(torch.transpose(up, 1, 2), g), s["down"][j].shape))
    if s["past_down"][j].numel() > 0:
        past = s["past_down"][j]
        back = torch.bmm(torch.transpose(torch.flatten(s["past_up"][j], 0, 1).to(g.dtype), 1, 2), g)  # [L P, R, in]
        sums = torch.sum(torch.mul(back, torch.flatten(past, 0, 1)), [2])
        self.add_branch_sums(s["g_omega"][j], torch.view(sums, [past.size(0), past.size(1), -1]))


def gram_error(self, rows: Tensor) -> Tensor:
    """S S^T - I for each matrix of a stack [L, P, k, in], as [L P, k, k]."""
    a = torch.flatten(rows, 0, 1)
    return torch.sub(torch.bmm(a, torch.transpose(a, 1, 2)), torch.eye(a.size(1), dtype=a.dtype, device=a.device))


def orthogonality(
    self, down: Tensor, past: Tensor, constant: Tensor, free: Tensor, g_down: Tensor, weight: float
) -> Tensor:
    """weight times the sum of || S S^T - I ||_F over free matrices, S = past rows above down. Adds to g_down;
    the past rows are constants, so || E ||^2 = past_error + 2 || down past^T ||^2 + || down down^T - I
    ||^2."""
    a = torch.flatten(down, 0, 1)
    e = self.gram_error(down)
    square = torch.sum(torch.square(e), [1, 2], True)
    d = torch.bmm(e, a)
    if past.numel() > 0:
        h = torch.flatten(past, 0, 1)
        cross = torch.bmm(a, torch.transpose(h, 1, 2))
        square = torch.add(square, torch.add(constant, torch.mul(torch.sum(torch.square(cross), [1, 2], True), 2.0)))
        d = torch.add(d, torch.bmm(cross, h))
    on = torch.view(free, [-1, 1, 1])
    size = torch.sqrt(square)
    scale = torch.mul(torch.div(on, torch.clamp(size, 1e-12)), 2.0 * weight)
    torch.add_(g_down, torch.view(torch.mul(d, scale), g_down.shape))
    return torch.mul(torch.sum(torch.mul(size, on)), weight)
