# Windows into the programs for tests: what a step forms on its way and does not hand out. Joined by tests only.


def probe_step(
    self,
    s: Dict[str, List[Tensor]],
    c: Dict[str, int],
    f: Dict[str, float],
    live: List[int],
    position: int,
    count: int,
    seed: int,
) -> List[Tensor]:
    """Cross-entropy, weighted orthogonality term, divergence and correct count [4]; the mean of |W G| of each matrix, four stacks, empty
    where there is none; the composed weights and their dense gradients, four stacks each; logits [n, C]. Gradients stand in
    the g_ windows afterwards. c["dense"] is 1 for dense gradients, else those are the cast factors."""
    torch.set_grad_enabled(False)
    x, y = self.next_batch(s, c, f, position, count, seed)
    importance = annotate(List[Tensor], [])
    result = [self.all_gradients(x, y, s, c, f, live, importance)]
    for j in range(4):
        if j < len(importance):
            result.append(importance[j])
        else:
            result.append(torch.zeros([0]))
    w = self.compose(s, c["dtype"])
    kept = torch.clone(torch.cat(s["grad"]))
    cast = self.gradient_inputs(s, c, w, self.passes(x.size(0), c))
    self.batch_through(x, y, w, s, c, f, live, cast)
    at = 0
    for g in s["grad"]:
        torch.copy_(g, torch.narrow(kept, 0, at, g.size(0)))
        at = at + g.size(0)
    result.extend(w)
    result.extend(cast[0])
    z = self.network(x, w, s["frozen"], c, c["kernel"])
    result.append(torch.linear(z, s["head"][0], s["head"][1]))
    return result


def probe_importance(
    self, w: List[Tensor], dense: List[Tensor], s: Dict[str, List[Tensor]], c: Dict[str, int]
) -> List[Tensor]:
    """The mean of |W G| of each matrix from given dense gradients."""
    return self.finish(w, s, c, [dense])


def probe_blocks(
    self, images: Tensor, w: List[Tensor], frozen: List[Tensor], c: Dict[str, int], f: Dict[str, float]
) -> List[Tensor]:
    """Of images u8 [n, 3, side, side]: patch tokens and embedded tokens [n, N, D]; of each block its two branches before they
    are added and its output, for all tokens; the tokens after the last norm. A block of zeros behind the last one keeps that
    from leaving tokens out."""
    torch.set_grad_enabled(False)
    return self.blocks_of(self.scaled(images, f, frozen[len(frozen) - 1]), w, frozen, c)


def blocks_of(self, x: Tensor, w: List[Tensor], frozen: List[Tensor], c: Dict[str, int]) -> List[Tensor]:
    """probe_blocks() of network input [n, 3, side, side]."""
    n = x.size(0)
    depth = w[0].size(0)
    longer = [torch.cat([t, torch.zeros_like(torch.narrow(t, 0, 0, 1))]) for t in w]
    h = self.embed(x, frozen)
    tokens = torch.view(h, [n, -1, h.size(1)])
    patches = torch.sub(torch.narrow(tokens, 1, 1, tokens.size(1) - 1), torch.narrow(frozen[3], 1, 1, tokens.size(1) - 1))
    result = [patches, tokens]
    for i in range(depth):
        keep = annotate(List[List[Tensor]], [])
        out = self.block(h, n, longer, frozen, i, c, c["kernel"], keep)
        between = keep[0][5]
        result.append(torch.view(torch.sub(between, h), tokens.shape))
        result.append(torch.view(torch.sub(out, between), tokens.shape))
        result.append(torch.view(out, tokens.shape))
        h = out
    o = 4 + 8 * depth
    result.append(torch.view(torch.layer_norm(h, [h.size(1)], frozen[o], frozen[o + 1], 1e-6), tokens.shape))
    return result


def probe_upscaled(
    self,
    images: Tensor,
    w: List[Tensor],
    frozen: List[Tensor],
    c: Dict[str, int],
    f: Dict[str, float],
    side: int,
) -> List[Tensor]:
    """Of images u8 [n, 3, y, x], scaled and then resized bilinearly as a tensor, corners not aligned, no antialias: the network
    input [n, 3, side, side]; the class token after each block [n, L, D]; the features [n, D]."""
    torch.set_grad_enabled(False)
    small = self.scaled(images, f, frozen[len(frozen) - 1])
    x = torch.upsample_bilinear2d(small, [side, side], False)
    tokens = self.blocks_of(x, w, frozen, c)
    classes = annotate(List[Tensor], [])
    for i in range(w[0].size(0)):
        classes.append(torch.select(tokens[4 + 3 * i], 1, 0))
    return [x, torch.stack(classes, 1), self.network(x, w, frozen, c, c["kernel"])]


def probe_half_even(self, difference: int) -> Tensor:
    """The offset of a centre crop from the difference of two sizes."""
    return torch.tensor(self.half_even(difference))
