package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("engine")
class NumericModeIT {
    @TempDir
    private Path folder;

    private final List<String> measured = new ArrayList<>();

    @Test
    void aPrecisionThatIsNotAutoNeedsNoMeasurement() {
        NumericModes modes = modes(Map.of());

        assertThat(modes.resolve("fp32", "cpu", 32, 17, 2, 4)).isEqualTo(NumericMode.FP32);
        assertThat(modes.resolve("bf16", "cpu", 32, 17, 2, 4)).isEqualTo(NumericMode.BF16_BMM);
        assertThat(measured).isEmpty();
        assertThat(file()).doesNotExist();
    }

    @Test
    void autoIsMeasuredOnceAndKept() throws Exception {
        Map<String, Double> seconds = Map.of("fp32", 1.0, "fp32_onednn", 0.7, "bf16_bmm", 0.4);

        NumericMode first = modes(seconds).resolve("auto", "cpu", 192, 65, 3, 64);
        NumericMode later = modes(Map.of()).resolve("auto", "cpu", 192, 65, 3, 64);

        assertThat(first).isEqualTo(NumericMode.BF16_BMM).isEqualTo(later);
        assertThat(measured).as("the modes take turns").startsWith("fp32", "fp32_onednn", "bf16_bmm", "fp32");
        assertThat(Files.readString(file()))
                .contains("2 threads, libtorch 2.7.1+", "width 192, tokens 65, batch 64\": \"bf16_bmm\"");
    }

    @Test
    void otherSizesAreMeasuredAnewBesideTheKnownOnes() {
        modes(Map.of("fp32", 1.0, "fp32_onednn", 0.5, "bf16_bmm", 0.4)).resolve("auto", "cpu", 192, 65, 3, 64);
        int once = measured.size();

        NumericMode wide = modes(Map.of("fp32", 1.0, "fp32_onednn", 1.0, "bf16_bmm", 1.0))
                .resolve("auto", "cpu", 768, 197, 12, 16);

        assertThat(wide).isEqualTo(NumericMode.FP32);
        assertThat(modes(Map.of()).resolve("auto", "cpu", 192, 65, 3, 64)).isEqualTo(NumericMode.BF16_BMM);
        assertThat(measured).hasSize(2 * once);
    }

    @Test
    void aLaterModeMustBeATenthFaster() {
        NumericMode mode = modes(Map.of("fp32", 1.0, "fp32_onednn", 0.91, "bf16_bmm", 0.905))
                .resolve("auto", "cpu", 192, 65, 3, 64);

        assertThat(mode).isEqualTo(NumericMode.FP32);
    }

    @Test
    void theProgramsMeasureEveryModeOfTheProcessor() {
        NumericMode mode = new NumericModes(Torch.RUNTIME, file()).resolve("auto", "cpu", 32, 17, 2, 4);

        assertThat(NumericMode.candidates("cpu", 16)).contains(mode);
        assertThat(file()).exists();
    }

    @Test
    void whatIsUnknownIsRefused() throws Exception {
        NumericModes modes = modes(Map.of());

        assertThatThrownBy(() -> modes.resolve("fp16", "cpu", 192, 65, 3, 64))
                .hasMessage("precision must be one of fp32, bf16, auto, got 'fp16'");
        assertThatThrownBy(() -> modes.resolve("fp32", "cuda:9", 192, 65, 3, 64))
                .hasMessageContaining("got 'cuda:9'");
        assertThatThrownBy(() -> NumericMode.byName("int8"))
                .hasMessage("numeric mode must be one of [fp64, fp32, fp32_onednn, bf16_bmm, bf16_sdpa], got 'int8'");
        Files.writeString(file(), "{\"a\":");
        assertThatThrownBy(() -> modes.resolve("auto", "cpu", 192, 65, 3, 64))
                .hasMessageContaining("numeric-modes.json is not valid")
                .hasMessageContaining("delete it");
    }

    @Test
    void attentionInFp32GoesByProducts() {
        assertThat(NumericMode.FP32.fused()).isZero();
        assertThat(NumericMode.candidates("cuda:0", 64))
                .extracting(NumericMode::name)
                .containsExactly("fp32", "bf16_sdpa");
        assertThat(NumericMode.candidates("cuda:0", 20))
                .extracting(NumericMode::name)
                .containsExactly("fp32", "bf16_bmm");
        assertThat(NumericMode.byName("bf16_sdpa").compute()).isEqualTo(ElementType.BFLOAT16);
    }

    private Path file() {
        return folder.resolve("numeric-modes.json");
    }

    private NumericModes modes(Map<String, Double> seconds) {
        return new NumericModes(Torch.RUNTIME, file(), (mode, sizes) -> {
            measured.add(mode.name());
            return seconds.getOrDefault(mode.name(), Double.NaN);
        });
    }
}
