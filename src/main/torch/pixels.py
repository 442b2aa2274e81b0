# From stored bytes to the network's input. An image store is one uint8 tensor [M, 3, y, x], or for mixed
# sizes a flat uint8 tensor and a table i64 [M, 3] on the CPU: offset, y, x. Resizing is Pillow's: weights of
# the filter along each axis, widened when shrinking, horizontal pass first, rounded half up and clamped to
# 0..255 after each pass. A crop lies inside the weights, a flip is their order reversed, so that a batch
# takes two products and no loop. Filters: 0 bilinear, 1 bicubic (a = -0.5), 2 box, 3 Lanczos.


def filter_value(self, x: Tensor, kind: int) -> Tensor:
    """The filter at distance x, fp64 of any shape."""
    a = torch.abs(x)
    if kind == 0:
        return torch.clamp(torch.rsub(a, 1.0), 0.0)
    if kind == 1:
        near = torch.add(torch.mul(torch.mul(torch.sub(torch.mul(a, 1.5), 2.5), a), a), 1.0)
        far = torch.mul(torch.sub(torch.mul(torch.add(torch.mul(torch.sub(a, 5.0), a), 8.0), a), 4.0), -0.5)
        return torch.where(torch.lt(a, 1.0), near, torch.where(torch.lt(a, 2.0), far, 0.0))
    if kind == 2:
        return torch.logical_and(torch.gt(x, -0.5), torch.le(x, 0.5)).to(7)
    return torch.where(torch.lt(a, 3.0), torch.mul(torch.sinc(x), torch.sinc(torch.div(x, 3.0))), 0.0)


def filter_rows(self, start: Tensor, length: Tensor, size: int, out: int, first: int, count: int, kind: int) -> Tensor:
    """Weights [n, count, size] fp64 of outputs first .. first + count out of `out`, over inputs start ..
    start + length of an axis of `size` pixels; start and length i64 [n]."""
    support = [1.0, 2.0, 0.5, 3.0][kind]
    zero = torch.unsqueeze(torch.unsqueeze(start, 1), 2)
    size_in = torch.unsqueeze(torch.unsqueeze(length, 1), 2).to(7)
    o = torch.view(torch.arange(first, first + count, device=start.device), [1, count, 1])
    tap = torch.sub(torch.view(torch.arange(size, device=start.device), [1, 1, size]), zero).to(7)  # [n, 1, size]
    scale = torch.div(size_in, float(out))
    widen = torch.clamp(scale, 1.0)
    centre = torch.mul(torch.add(o.to(7), 0.5), scale)  # [n, count, 1]
    reach = torch.mul(widen, support)
    low = torch.clamp(torch.trunc(torch.add(torch.sub(centre, reach), 0.5)), 0.0)
    high = torch.minimum(torch.trunc(torch.add(torch.add(centre, reach), 0.5)), size_in)
    at = torch.mul(torch.add(torch.sub(tap, centre), 0.5), torch.reciprocal(widen))
    inside = torch.logical_and(torch.ge(tap, low), torch.lt(tap, high))
    weight = torch.where(inside, self.filter_value(at, kind), 0.0)
    return torch.div(weight, torch.sum(weight, [2], True))


def bilinear_rows(self, start: Tensor, length: Tensor, size: int, out: int, mirrored: Tensor) -> Tensor:
    """filter_rows() of a whole axis, bilinear and in fp32, [n, out, size]; backwards where bool [n, 1] says."""
    scale = torch.unsqueeze(torch.div(length.to(6), float(out)), 1)  # [n, 1]
    narrow = torch.reciprocal(torch.clamp(scale, 1.0))
    first = torch.unsqueeze(start, 1)
    o = torch.arange(out, device=start.device).to(6)
    o = torch.where(mirrored, torch.rsub(o, out - 1), o)  # [n, out]
    centre = torch.sub(torch.add(torch.mul(torch.add(o, 0.5), scale), first), 0.5)
    tap = torch.arange(size, device=start.device)
    inside = torch.logical_and(torch.ge(tap, first), torch.lt(tap, torch.add(first, torch.unsqueeze(length, 1))))
    place = torch.where(inside, torch.mul(tap, narrow), 1e9)  # [n, size]; outside the box out of any reach
    away = torch.abs_(torch.sub(torch.unsqueeze(place, 1), torch.unsqueeze(torch.mul(centre, narrow), 2)))
    weight = torch.clamp_(torch.rsub(away, 1.0), 0.0)
    return torch.div_(weight, torch.sum(weight, [2], True))


def fixed_point(self, weight: Tensor) -> Tensor:
    """Weights as multiples of 2^-22, halves away from zero."""
    scaled = torch.mul(weight, 4194304.0)
    return torch.div(torch.trunc(torch.add(scaled, torch.mul(torch.sign(scaled), 0.5))), 4194304.0)


def to_level(self, x: Tensor) -> Tensor:
    """Round half up and clamp to 0..255, in place."""
    return torch.clamp_(torch.floor_(torch.add_(x, 0.5)), 0.0, 255.0)


def two_passes(self, images: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Levels [n, 3, out y, out x] of images [n, 3, y, x]; across [n or 1, out x, x], down [n or 1, out y, y]
    in the type that computes."""
    a = images.to(across.dtype)
    n = a.size(0)
    if across.size(0) == 1:
        a = torch.linear(a, across[0])
    else:
        a = torch.bmm(torch.flatten(a, 1, 2), torch.transpose(across, 1, 2))
    a = torch.view(self.to_level(a), [n, 3, images.size(2), across.size(1)])
    return self.to_level(torch.matmul(torch.unsqueeze(down, 1), a))


def crop_resize(self, images: Tensor, boxes: Tensor, out_y: int, out_x: int, kind: int) -> Tensor:
    """Bytes u8 [n, 3, out y, out x] of images u8 [n, 3, y, x] in boxes i64 [n, 4] on the CPU, within one
    level of Pillow's: on a CPU libtorch's resize of bytes, image by image, which bicubic is seldom two levels off,
    elsewhere two fp32 products."""
    if kind > 1 or images.is_cuda:
        boxes = boxes.to(images.device, 4, True)
        across, down = self.box_rows(images, boxes, out_y, out_x, kind)
        return self.two_passes(images, across.to(6), down.to(6)).to(0)
    each = annotate(List[Tensor], [])
    for k in range(images.size(0)):
        top, left, height, width = self.ints(boxes[k])
        crop = torch.narrow(torch.narrow(torch.narrow(images, 0, k, 1), 2, top, height), 3, left, width)
        if kind == 0:
            each.append(torch._upsample_bilinear2d_aa(torch.contiguous(crop), [out_y, out_x], False))
        else:
            each.append(torch._upsample_bicubic2d_aa(torch.contiguous(crop), [out_y, out_x], False))
    return torch.cat(each)


def box_rows(self, images: Tensor, boxes: Tensor, out_y: int, out_x: int, kind: int) -> Tuple[Tensor, Tensor]:
    """Weights of both axes for two_passes(), from boxes on the images' device."""
    across = self.filter_rows(torch.select(boxes, 1, 1), torch.select(boxes, 1, 3), images.size(3), out_x, 0, out_x, kind)
    down = self.filter_rows(torch.select(boxes, 1, 0), torch.select(boxes, 1, 2), images.size(2), out_y, 0, out_y, kind)
    return (self.fixed_point(across), self.fixed_point(down))


def ints(self, row: Tensor) -> List[int]:
    """A small CPU tensor as host integers."""
    return [int(row[k]) for k in range(row.size(0))]


def resize(self, images: Tensor, boxes: Tensor, out_y: int, out_x: int, kind: int, exact: int) -> Tensor:
    """images u8 [n, 3, y, x] in boxes i64 [n, 4] (top, left, height, width) to u8 [n, 3, out y, out x]. exact
    1: Pillow's bytes, by fp64 products; 0: crop_resize(), the form of training."""
    if exact == 0:
        return self.crop_resize(images, boxes, out_y, out_x, kind)
    across, down = self.box_rows(images, boxes.to(images.device), out_y, out_x, kind)
    return self.two_passes(images, across, down).to(0)


def flip(self, images: Tensor) -> Tensor:
    """Left and right exchanged, [.., x]."""
    return torch.flip(images, [-1])


def brightness(self, images: Tensor, factor: Tensor) -> Tensor:
    """images u8 [n, 3, y, x] times factor [n], truncated and saturated, u8."""
    return self.brighten(images.to(6), factor).to(0)


def brighten(self, levels: Tensor, factor: Tensor) -> Tensor:
    """brightness() of levels kept as floats, in place; the product is fp32's."""
    k = torch.view(factor.to(levels.device, 6, True), [-1, 1, 1, 1])
    return torch.floor_(torch.clamp_(torch.mul_(levels, k), 0.0, 255.0))


def brightness_factor(self, u: Tensor, f: Dict[str, float]) -> Tensor:
    """Factors [n] around 1 from uniform numbers u [n, 24]."""
    return torch.add(torch.mul(torch.sub(torch.mul(u[:, 23], 2.0), 1.0), f["brightness"]), 1.0)


def crop_size(self, sizes: Tensor, scale: Tensor, ratio: Tensor) -> Tensor:
    """Height and width i64 [n, k, 2] of crops with these shares of the area and ratios, [n, k] fp64, of sizes
    i64 [n, 2]."""
    area = torch.mul(torch.unsqueeze(torch.prod(sizes.to(7), 1), 1), scale)
    height = torch.round(torch.sqrt(torch.div(area, ratio)))
    width = torch.round(torch.sqrt(torch.mul(area, ratio)))
    return torch.stack([height, width], 2).to(4)


def fallback_box(self, sizes: Tensor) -> Tensor:
    """The largest centred box i64 [n, 4] whose ratio lies in 3/4 .. 4/3, of sizes i64 [n, 2]."""
    y, x = torch.unbind(sizes.to(7), 1)
    height = torch.minimum(y, torch.round(torch.div(x, 3.0 / 4.0)))
    width = torch.minimum(x, torch.round(torch.mul(y, 4.0 / 3.0)))
    top = torch.floor(torch.div(torch.sub(y, height), 2.0))
    left = torch.floor(torch.div(torch.sub(x, width), 2.0))
    return torch.stack([top, left, height, width], 1).to(4)


def boxes(self, u: Tensor, sizes: Tensor, crop_min: float, crop_max: float) -> Tensor:
    """Crop boxes i64 [n, 4] from uniform numbers u [n, 22]: ten candidates of scale and log-uniform ratio at
    once, the first that fits, at a uniform place."""
    scale = torch.add(torch.mul(torch.narrow(u, 1, 0, 10), crop_max - crop_min), crop_min)
    bound = torch.log(4.0 / 3.0)
    ratio = torch.exp(torch.mul(torch.sub(torch.mul(torch.narrow(u, 1, 10, 10), 2.0), 1.0), bound))
    crop = self.crop_size(sizes, scale, ratio)  # [n, 10, 2]
    room = torch.sub(torch.unsqueeze(sizes, 1), crop)
    fits = torch.logical_and(torch.all(torch.ge(room, 0), 2), torch.all(torch.gt(crop, 0), 2)).to(6)  # [n, 10]
    first = torch.argmax(torch.mul(fits, torch.arange(10, 0, -1, dtype=6)), 1)
    pick = torch.expand(torch.view(first, [-1, 1, 1]), [-1, 1, 2])
    size = torch.squeeze(torch.gather(crop, 1, pick), 1)  # [n, 2]
    places = torch.add(torch.sub(sizes, size), 1).to(7)
    corner = torch.minimum(torch.floor(torch.mul(torch.narrow(u, 1, 20, 2), places)), torch.sub(places, 1.0)).to(4)
    drawn = torch.cat([corner, size], 1)
    return torch.where(torch.gt(torch.sum(fits, [1], True), 0.0), drawn, self.fallback_box(sizes))


def draw_boxes(self, seed: int, sizes: Tensor, crop_min: float, crop_max: float) -> Tensor:
    """Crop boxes i64 [n, 4] for images of sizes i64 [n, 2]; the boxes that batch() draws with this seed."""
    u = torch.rand([sizes.size(0), 24], dtype=7, generator=torch.Generator(device="cpu", seed=seed))
    return self.boxes(u, sizes, crop_min, crop_max)


def image_sizes(self, pixels: List[Tensor], rows: Tensor) -> Tensor:
    """Height and width i64 [n, 2] on the CPU."""
    if len(pixels) == 1:
        shape = pixels[0].shape
        return torch.expand(torch.tensor([shape[2], shape[3]], dtype=4), [rows.size(0), 2])
    return torch.narrow(torch.index_select(pixels[1], 0, rows), 1, 1, 2)


def image(self, pixels: List[Tensor], row: int) -> Tensor:
    """One image u8 [3, y, x] of a store of mixed sizes, a view."""
    offset, y, x = self.ints(pixels[1][row])
    return torch.view(torch.narrow(pixels[0], 0, offset, 3 * y * x), [3, y, x])


def batch(self, s: Dict[str, List[Tensor]], c: Dict[str, int], f: Dict[str, float], seed: int, rows: Tensor) -> Tensor:
    """Training pixels w [n, 3, side, side]: crop and resize, flip, brightness, x / 255, mean and deviation.
    Drawn on the CPU, so that they are the same on every device. A CPU goes image by image, which then stays
    in its cache."""
    pixels = s["pixels"]
    n = rows.size(0)
    u = torch.rand([n, 24], dtype=7, generator=torch.Generator(device="cpu", seed=seed))
    boxes = self.boxes(u, self.image_sizes(pixels, rows), f["crop_min"], f["crop_max"])
    base = s["base"][0]
    images = pixels[0]
    scale, shift = self.channel_numbers(f, base.dtype, images.device)
    if images.is_cuda and len(pixels) == 2:
        return self.mixed_views(pixels, rows, u, boxes, c, f, scale, shift)
    if len(pixels) == 1:
        images = torch.index_select(images, 0, rows.to(images.device, 4, True))
        if images.is_cuda:
            return self.views(images, u, boxes, c, f, scale, shift).to(c["dtype"])
        if c["augment"] == 1 and c["train_filter"] == 0 and max(images.size(2), images.size(3)) <= 64:
            return self.small_views(images, u, boxes, c, f, scale, shift).to(base.device)
    result = torch.empty([n, 3, c["side"], c["side"]], dtype=c["dtype"], device=images.device)
    for k in range(n):
        if len(pixels) == 1:
            image = torch.narrow(images, 0, k, 1)
        else:
            image = torch.unsqueeze(self.image(pixels, int(rows[k])), 0)
        view = self.views(image, torch.narrow(u, 0, k, 1), torch.narrow(boxes, 0, k, 1), c, f, scale, shift)
        torch.copy_(torch.narrow(result, 0, k, 1), view)
    return result.to(base.device)


def mixed_views(
    self, pixels: List[Tensor], rows: Tensor, u: Tensor, boxes: Tensor, c: Dict[str, int], f: Dict[str, float],
    scale: Tensor, shift: Tensor
) -> Tensor:
    """batch() of a store of mixed sizes on CUDA, some images at a time, because their crops are padded to the
    largest."""
    some = 16
    table = torch.index_select(pixels[1], 0, rows)
    if c["augment"] == 0:
        boxes = self.at_corner(torch.narrow(table, 1, 1, 2))
    tables = torch.split(table, some)
    numbers = torch.split(u, some)
    parts = torch.split(boxes, some)
    each = annotate(List[Tensor], [])
    for k in range(len(parts)):
        images = self.crops(pixels[0], tables[k], parts[k])
        inside = self.at_corner(torch.narrow(parts[k], 1, 2, 2))
        each.append(self.views(images, numbers[k], inside, c, f, scale, shift).to(c["dtype"]))
    return torch.cat(each)


def at_corner(self, sizes: Tensor) -> Tensor:
    """Boxes i64 [n, 4] of sizes i64 [n, 2] at the top left."""
    return torch.cat([torch.zeros_like(sizes), sizes], 1)


def crops(self, flat: Tensor, table: Tensor, boxes: Tensor) -> Tensor:
    """The boxes i64 [n, 4] of images of a flat store, with their rows i64 [n, 3] of its table, u8 [n, 3, h, w]
    of the largest box; what lies beyond a box is no part of it. Table and boxes are on the CPU, so that no
    shape waits for a device."""
    top, left, _0, _1 = torch.unbind(boxes, 1)
    offset, y, x = torch.unbind(table, 1)
    places = torch.stack([torch.add(torch.add(offset, torch.mul(top, x)), left), x, torch.mul(y, x)])
    start, row, plane = torch.unbind(torch.view(places.to(flat.device, 4, True), [3, -1, 1, 1]))
    h, w = self.ints(torch.amax(torch.narrow(boxes, 1, 2, 2), [0]))
    down = torch.view(torch.arange(h, device=flat.device), [-1, 1])
    at = torch.add(torch.add(start, torch.mul(row, down)), torch.arange(w, device=flat.device))
    last = flat.size(0) - 1
    planes = [torch.take(flat, torch.clamp(torch.add(at, torch.mul(plane, k)), None, last)) for k in range(3)]
    return torch.stack(planes, 1)


def views(
    self, images: Tensor, u: Tensor, boxes: Tensor, c: Dict[str, int], f: Dict[str, float], scale: Tensor,
    shift: Tensor
) -> Tensor:
    """batch() of images u8 [n, 3, y, x], on a CPU a single one, with uniform numbers u [n, 24] and the boxes
    made of them."""
    if c["augment"] == 1:
        images = self.crop_resize(images, boxes, c["side"], c["side"], c["train_filter"])
    if c["flip"] == 1:
        if images.is_cuda:
            on = torch.view(torch.lt(u[:, 22], 0.5), [-1, 1, 1, 1]).to(images.device, 11, True)
            images = torch.where(on, torch.flip(images, [3]), images)
        elif bool(torch.lt(u[0, 22], 0.5)):
            images = torch.flip(images, [3])
    levels = images.to(scale.dtype)
    if f["brightness"] > 0.0:
        levels = self.brighten(levels, self.brightness_factor(u, f))
    return torch.add_(torch.mul_(levels, scale), shift)


def small_views(
    self, images: Tensor, u: Tensor, boxes: Tensor, c: Dict[str, int], f: Dict[str, float], scale: Tensor,
    shift: Tensor
) -> Tensor:
    """views() of images u8 [n, 3, y, x] of few pixels, on a CPU and bilinear: two products over the box of
    each image, without rounding, so within one level too. Where no brightness asks for levels, mean and
    deviation are taken of the source's few pixels: weights that sum to one let them through."""
    n, side = images.size(0), c["side"]
    top, left, height, width = torch.unbind(boxes, 1)
    mirrored = torch.lt(torch.narrow(u, 1, 22, 1), 0.5 * float(c["flip"]))
    down = self.bilinear_rows(top, height, images.size(2), side, torch.zeros_like(mirrored)).to(scale.dtype)
    across = self.bilinear_rows(left, width, images.size(3), side, mirrored).to(scale.dtype)
    levels = f["brightness"] > 0.0
    factor = self.brightness_factor(u, f)
    x = images.to(scale.dtype)
    if not levels:
        x = torch.add_(torch.mul_(x, scale), shift)
    result = torch.empty([n, 3, side, side], dtype=c["dtype"])
    room = torch.empty([3, side, side], dtype=x.dtype)
    each = annotate(List[List[int]], boxes.tolist())
    for k in range(n):
        t, l, h, w = each[k]
        crop = torch.narrow(torch.narrow(x[k], 1, t, h), 2, l, w)
        rows = torch.bmm(torch.expand(torch.narrow(down[k], 1, t, h), [3, side, h]), crop)
        view = result[k] if result.dtype == x.dtype else room
        torch.mm(torch.flatten(rows, 0, 1), torch.t(torch.narrow(across[k], 1, l, w)), out=torch.flatten(view, 0, 1))
        if levels:
            self.brighten(torch.unsqueeze(self.to_level(view), 0), torch.narrow(factor, 0, k, 1))
            torch.add_(torch.mul_(view, scale[0]), shift[0])
        if result.dtype != x.dtype:
            torch.copy_(result[k], view)
    return result


def channel_numbers(self, f: Dict[str, float], dtype: int, device: Device) -> Tuple[Tensor, Tensor]:
    """1 / (255 deviation) and -mean / deviation, each [1, 3, 1, 1], so that (x / 255 - mean) / deviation is x
    a + b. Filled one by one, because a tensor of a list is rounded to fp32 first."""
    scale = annotate(List[Tensor], [])
    shift = annotate(List[Tensor], [])
    for k in range(3):
        std = f["std" + str(k)]
        scale.append(torch.full([1, 1, 1, 1], 1.0 / (255.0 * std), dtype=dtype, device=device))
        shift.append(torch.full([1, 1, 1, 1], -(f["mean" + str(k)] / std), dtype=dtype, device=device))
    return (torch.cat(scale, 1), torch.cat(shift, 1))


def scaled(self, images: Tensor, f: Dict[str, float], like: Tensor) -> Tensor:
    """(x / 255 - mean) / deviation of images [n, 3, y, x], in the type and on the device of another
    tensor."""
    scale, shift = self.channel_numbers(f, like.dtype, like.device)
    return torch.add_(torch.mul(images.to(like.device, like.dtype, True), scale), shift)


def evaluate_image(self, images: Tensor, c: Dict[str, int]) -> Tensor:
    """Bytes u8 [n, 3, side, side] of images u8 [n, 3, y, x] of one size: as they are (0), straight to side
    (1), or the shorter side to evaluate_size, then the centre (2)."""
    side = c["side"]
    out = [side, side]
    first = [0, 0]
    size = [images.size(2), images.size(3)]
    if c["evaluate"] == 0:
        return images
    if c["evaluate"] == 2:
        short = min(size[0], size[1])
        out = [c["evaluate_size"] * size[k] // short for k in range(2)]
        first = [self.half_even(out[k] - side) for k in range(2)]
    rows = annotate(List[Tensor], [])
    for k in range(2):
        start = torch.zeros([1], dtype=4, device=images.device)
        weights = self.filter_rows(
            start, torch.add(start, size[k]), size[k], out[k], first[k], side, c["evaluate_filter"]
        )
        rows.append(self.fixed_point(weights))
    return self.two_passes(images, rows[1], rows[0]).to(0)


def half_even(self, difference: int) -> int:
    """difference / 2, halves to even, as Python's round."""
    half = difference // 2
    if difference % 2 == 1 and half % 2 == 1:
        half = half + 1
    return half


def evaluate_bytes(self, pixels: List[Tensor], rows: Tensor, c: Dict[str, int]) -> Tensor:
    """evaluate_image() of images of a store, u8 [n, 3, side, side]."""
    if len(pixels) == 1:
        return self.evaluate_image(torch.index_select(pixels[0], 0, rows.to(pixels[0].device)), c)
    each = annotate(List[Tensor], [])
    for k in range(rows.size(0)):
        each.append(self.evaluate_image(torch.unsqueeze(self.image(pixels, int(rows[k])), 0), c))
    return torch.cat(each)


def evaluate_pixels(self, pixels: List[Tensor], rows: Tensor, c: Dict[str, int], f: Dict[str, float]) -> Tensor:
    """Evaluation pixels fp32 [n, 3, side, side]: Pillow's bytes, then (x / 255 - mean) / deviation."""
    images = self.evaluate_bytes(pixels, rows, c)
    return self.scaled(images, f, torch.empty([], dtype=6, device=images.device))
