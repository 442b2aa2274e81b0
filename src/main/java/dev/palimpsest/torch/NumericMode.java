package dev.palimpsest.torch;

import java.util.List;

/// Number formats and kernels as one named choice, which never changes inside a job.
///
/// @param compute type of weights and activations inside a step; master copies are FLOAT32 (FLOAT64 with
///     `fp64`)
/// @param kernel 0: linears by libtorch's products, 1: by oneDNN
/// @param fused 0: attention by explicit products, 1: by the fused kernel
public record NumericMode(String name, ElementType compute, int kernel, int fused) {
    /// For tests of gradients only.
    public static final NumericMode FP64 = new NumericMode("fp64", ElementType.FLOAT64, 0, 0);

    /// What published numbers are compared in. Attention by products is nearer to them than the fused kernel, and
    /// forward and backward together it is the faster one on a CPU.
    public static final NumericMode FP32 = new NumericMode("fp32", ElementType.FLOAT32, 0, 0);

    public static final NumericMode FP32_ONEDNN = new NumericMode("fp32_onednn", ElementType.FLOAT32, 1, 0);

    /// On a CPU the backward of the fused attention in bfloat16 takes several times the time of plain
    /// products.
    public static final NumericMode BF16_BMM = new NumericMode("bf16_bmm", ElementType.BFLOAT16, 0, 0);

    public static final NumericMode BF16_SDPA = new NumericMode("bf16_sdpa", ElementType.BFLOAT16, 0, 1);

    private static final List<NumericMode> ALL = List.of(FP64, FP32, FP32_ONEDNN, BF16_BMM, BF16_SDPA);

    public static NumericMode byName(String name) {
        return ALL.stream()
                .filter(mode -> mode.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("numeric mode must be one of "
                        + ALL.stream().map(NumericMode::name).toList() + ", got '" + name + "'"));
    }

    /// The mode of bfloat16 on a device.
    ///
    /// @param headWidth of one attention head; the fused kernels want a multiple of 8
    public static NumericMode half(String device, int headWidth) {
        return device.equals("cpu") || headWidth % 8 != 0 ? BF16_BMM : BF16_SDPA;
    }

    /// The modes that `auto` compares on a device, in the order in which they are tried.
    static List<NumericMode> candidates(String device, int headWidth) {
        NumericMode half = half(device, headWidth);
        return device.equals("cpu") ? List.of(FP32, FP32_ONEDNN, half) : List.of(FP32, half);
    }
}
