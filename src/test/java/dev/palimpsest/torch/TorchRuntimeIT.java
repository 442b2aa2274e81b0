package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.pytorch.jni.JniUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("engine")
class TorchRuntimeIT {
    private final TorchRuntime runtime = Torch.RUNTIME;

    @Test
    void itStartsOnceAndKeepsItsThreads() {
        assertThat(TorchRuntime.start(2)).isSameAs(runtime);
        assertThat(TorchRuntime.start(5)).isSameAs(runtime);
        assertThat(runtime.threads()).isEqualTo(JniUtils.getNumThreads());
        assertThat(JniUtils.getNumInteropThreads()).isOne();
        assertThatThrownBy(() -> TorchRuntime.start(0)).hasMessage("threads must be at least 1, got 0");
    }

    @Test
    void itSaysItsVersions() {
        assertThat(runtime.libtorchVersion()).startsWith("2.7.1+");
        assertThat(runtime.djlVersion()).isEqualTo("0.35.1");
    }

    @Test
    void theProcessorIsADeviceWithNameAndMemory() {
        Devices.Device cpu = runtime.devices().get("cpu");

        assertThat(runtime.devices().names()).startsWith("cpu");
        assertThat(cpu.model()).isNotBlank();
        assertThat(cpu.memoryBytes()).isGreaterThan(1L << 30);
        assertThat(runtime.cuda()).isEqualTo(runtime.devices().names().contains("cuda:0"));
        assertThatThrownBy(() -> runtime.devices().get("cuda:99"))
                .hasMessageStartingWith("device must be one of [cpu")
                .hasMessageEndingWith("got 'cuda:99'");
    }

    @Test
    void equalSourcesGiveEqualArchives(@TempDir Path folder) throws Exception {
        ProgramArchive first = ProgramArchive.of(ProgramArchive.MAIN_SOURCES);
        ProgramArchive second = ProgramArchive.of(ProgramArchive.MAIN_SOURCES);
        Path file = folder.resolve("ops.pt");
        first.save(file);

        assertThat(second.sha256()).isEqualTo(first.sha256()).matches("[0-9a-f]{64}");
        assertThat(Files.readAllBytes(file)).isEqualTo(second.bytes());
    }

    @Test
    void aMissingSourceIsNamed() {
        assertThatThrownBy(() -> ProgramArchive.of(List.of("store", "absent")))
                .hasMessage("there is no program source /torch/absent.py on the class path");
    }

    @Test
    void failuresAreToldApartByTheirText() {
        assertThat(TorchFailure.of("CUDA out of memory. Tried to allocate 2 GiB"))
                .isEqualTo(TorchFailure.GPU_OUT_OF_MEMORY);
        assertThat(TorchFailure.of("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes"))
                .isEqualTo(TorchFailure.HOST_OUT_OF_MEMORY);
        assertThat(TorchFailure.of("CUDA error: device-side assert triggered")).isEqualTo(TorchFailure.DEVICE_LOST);
        assertThat(TorchFailure.of("CUDA error: an illegal memory access was encountered"))
                .isEqualTo(TorchFailure.DEVICE_LOST);
        assertThat(TorchFailure.of("mat1 and mat2 shapes cannot be multiplied")).isEqualTo(TorchFailure.PROGRAM_FAILED);
    }

    @Test
    void aTracebackIsToldInOneSentence() {
        String traceback = """
                The following operation failed in the TorchScript interpreter.
                Traceback of TorchScript (most recent call last):
                  File "code/__torch__.py", line 242, in block
                      att = self.attend(q, k, v)
                            ~~~~~~~~~~~ <--- HERE
                  File "code/__torch__.py", line 149, in attend
                      v = torch.flatten(v, 0, 1)
                          ~~~~~~~~~~~~~ <--- HERE
                RuntimeError: %s
                """;
        String full =
                "CUDA out of memory. Tried to allocate 116.00 MiB. GPU 0 has a total capacity of 139.80 GiB of which"
                        + " 27.56 MiB is free.";

        assertThat(TorchFailure.sentence(
                        "program 'steps'", traceback.formatted(full + " Including non-PyTorch memory")))
                .isEqualTo("program 'steps' failed in attend: " + full);
        assertThat(TorchFailure.sentence("program 'steps'", traceback.formatted("shapes cannot be multiplied")))
                .isEqualTo("program 'steps' failed in attend: shapes cannot be multiplied");
        assertThat(TorchFailure.sentence("the archive", "not a ZIP archive\nmore"))
                .isEqualTo("the archive failed: not a ZIP archive");
    }
}
