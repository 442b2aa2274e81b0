package dev.palimpsest.training;

import java.util.List;
import org.junit.jupiter.api.Tag;

/// On a CPU, to the bit.
@Tag("engine")
class DeterminismIT extends DeterminismContract {

    @Override
    List<String> modes() {
        return List.of("fp32", "bf16_bmm");
    }

    @Override
    String device() {
        return "cpu";
    }
}
