# The products of a step: linear layers (forward, for the input, for the weight), norms, attention and its
# gradient. kernel 0: libtorch's own choice. kernel 1: oneDNN in fp32, CPU only; it wants contiguous inputs.


def pointwise(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    """x w^T + b by oneDNN."""
    return ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), "")


def rows(self, x: Tensor, w: Tensor, b: Optional[Tensor], kernel: int) -> Tensor:
    """x w^T + b; x [rows, in], w [out, in]."""
    if kernel == 1:
        return self.pointwise(torch.contiguous(x), w, b)
    return torch.linear(x, w, b)


def rows_back(self, g: Tensor, w: Tensor, kernel: int) -> Tensor:
    """g w, the gradient of rows() for its input; g [rows, out], w [out, in]."""
    if kernel == 1:
        return self.pointwise(torch.contiguous(g), torch.t(w), None)
    return torch.mm(g, w)


def outer(self, g: Tensor, x: Tensor, kernel: int) -> Tensor:
    """g^T x, the gradient of rows() for its weight, [out, in]."""
    if kernel == 1:
        return self.pointwise(torch.t(torch.contiguous(g)), torch.t(torch.contiguous(x)), None)
    return torch.mm(torch.t(g), x)


def add_outer(self, total: Tensor, g: Tensor, x: Tensor, kernel: int) -> None:
    """Adds outer() to total, in one pass where the product can."""
    if kernel == 1 or total.dtype != g.dtype:
        torch.add_(total, self.outer(g, x, kernel))
    else:
        torch.addmm_(total, torch.t(g), x)


def norm(self, h: Tensor, w: Tensor, b: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    """Layer norm of rows, then mean and reciprocal deviation. On a CPU weights are fp32 beside bf16 rows, else the
    statistics would be bf16; on CUDA, where they are fp32 anyway, the kernel wants weights of the rows' type."""
    return torch.native_layer_norm(h, [h.size(1)], w, b, 1e-6)


def norm_back(self, g: Tensor, h: Tensor, mean: Tensor, rstd: Tensor, w: Tensor, b: Tensor) -> Tensor:
    """Gradient of norm() for h."""
    dh, _, _ = torch.native_layer_norm_backward(g, h, [h.size(1)], mean, rstd, w, b, [True, False, False])
    return dh


def split_heads(self, y: Tensor, n: int, parts: int, heads: int) -> Tensor:
    """[n N, parts D] -> [parts, n, heads, N, h], a view."""
    y = torch.view(y, [n, y.size(0) // n, parts, heads, y.size(1) // (parts * heads)])
    return torch.permute(y, [2, 0, 3, 1, 4])


def merge_heads(self, y: Tensor) -> Tensor:
    """[parts, n, heads, N, h] -> [n N, parts D]."""
    return torch.reshape(torch.permute(y, [1, 3, 0, 2, 4]), [y.size(1) * y.size(3), y.size(0) * y.size(2) * y.size(4)])


def scaled_product(self, a: Tensor, b: Tensor, scale: float) -> Tensor:
    """scale a b for each matrix of a batch, without a pass of its own for the scale."""
    return torch.baddbmm(torch.empty([1, 1, 1], dtype=a.dtype, device=a.device), a, b, beta=0.0, alpha=scale)


def attend(self, q: Tensor, k: Tensor, v: Tensor) -> List[Tensor]:
    """softmax(q k^T / sqrt(h)) v, [n, heads, N, h]; then what attend_back() needs: q, k, v and P."""
    shape = q.shape
    q = torch.flatten(q, 0, 1)
    k = torch.flatten(k, 0, 1)
    v = torch.flatten(v, 0, 1)
    p = torch.softmax(self.scaled_product(q, torch.transpose(k, 1, 2), float(q.size(2)) ** -0.5), -1)
    return [torch.view(torch.bmm(p, v), shape), q, k, v, p]


def attend_back(self, g: Tensor, keep: List[Tensor]) -> List[Tensor]:
    """Gradients for q, k, v, each [n, heads, N, h], from that of the result."""
    n = g.size(0)
    heads = g.size(1)
    scale = float(g.size(3)) ** -0.5
    _a, q, k, v, p = keep
    g = torch.flatten(g, 0, 1)
    dv = torch.bmm(torch.transpose(p, 1, 2), g)
    ds = torch._softmax_backward_data(torch.bmm(g, torch.transpose(v, 1, 2)), p, -1, p.dtype)
    dq = self.scaled_product(ds, k, scale)
    dk = self.scaled_product(torch.transpose(ds, 1, 2), q, scale)
    return [torch.view(d, [n, heads, d.size(1), d.size(2)]) for d in [dq, dk, dv]]


def self_attend(self, qkv: Tensor, n: int, heads: int, fused: int) -> List[Tensor]:
    """attend() among the rows qkv [n N, 3 D], fused 1: by the fused kernel of CUDA; then what self_attend_back()
    needs."""
    q, k, v = torch.unbind(self.split_heads(qkv, n, 3, heads))
    if fused == 0:
        return self.attend(q, k, v)
    a, lse, _0, _1, _2, _3, _4, _5, _6 = torch._scaled_dot_product_flash_attention(q, k, v)
    return [a, q, k, v, lse]


def self_attend_back(self, g: Tensor, n: int, heads: int, fused: int, keep: List[Tensor]) -> Tensor:
    """Gradient for qkv [n N, 3 D] from that of the result, g [n N, D]. The fused backward is the one that sums in one
    order: with one split of the keys it has no atomics. It writes the three parts side by side."""
    da = self.split_heads(g, n, 1, heads)[0]
    if fused == 0:
        return self.merge_heads(torch.stack(self.attend_back(da, keep)))
    a, q, k, v = [torch.transpose(keep[m], 1, 2) for m in range(4)]
    da = torch.transpose(da, 1, 2)
    tokens = q.size(1)
    beyond = (32 - tokens % 32) % 32
    lse = torch.constant_pad_nd(keep[4], [0, beyond], inf)  # rows beyond the last: exp(x - inf) = 0
    no_seed = torch.zeros([], dtype=4)  # of a dropout, on the host
    dq, _dk, _dv, _0 = torch._efficient_attention_backward(
        da, q, k, v, None, a, None, None, tokens, tokens, lse, 0.0, no_seed, no_seed, 0, False, num_splits_key=1,
        shared_storage_dqdkdv=True
    )
    width = 3 * g.size(1)
    return torch.as_strided(dq, [g.size(0), width], [width, 1])
