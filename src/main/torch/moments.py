# Second moments of what goes into the matrices: which directions of its input a task uses. In fp64 (d).


def add_moments(
    self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], rows: Tensor, seed: int
) -> Tensor:
    """Adds x^T x of the input rows x of each block's matrices, of the images at rows in training pixels seen through
    the weights of s, to its four stacks moments d [L, in, in]; an empty one is left out. The number of images."""
    torch.set_grad_enabled(False)
    frozen = s["frozen"]
    w = s["weights"]
    x = self.batch(s, c, f, seed, rows)
    n = x.size(0)
    h = self.embed(x, frozen)
    for i in range(w[0].size(0)):
        keep = annotate(List[List[Tensor]], [])
        h = self.block(h, n, w, frozen, i, c, c["kernel"], keep)
        inputs = [keep[0][3], keep[0][4], keep[0][8], keep[0][10]]
        for j in range(4):
            if s["moments"][j].numel() > 0:
                z = inputs[j].to(7)
                torch.add_(s["moments"][j][i], torch.mm(torch.t(z), z))
    return torch.sum(torch.ones_like(rows))
