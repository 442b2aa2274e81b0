package dev.palimpsest.runs;

import com.sun.management.OperatingSystemMXBean;
import dev.palimpsest.catalogue.StorageSettings;
import dev.palimpsest.checkpoints.CheckpointStore;
import dev.palimpsest.checkpoints.LocalCheckpointStore;
import dev.palimpsest.experiments.MemoryBudget;
import dev.palimpsest.jobs.Device;
import dev.palimpsest.torch.Devices;
import dev.palimpsest.torch.NumericModes;
import dev.palimpsest.torch.TorchRuntime;
import dev.palimpsest.workers.DeviceProbe;
import dev.palimpsest.workers.StorageProbe;
import dev.palimpsest.workers.WorkerSettings;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.util.unit.DataSize;

/// The tensor engine as one shared bean, started when something first needs it, and what
/// a slot needs of the machine.
@Configuration(proxyBeanMethods = false)
class EngineConfiguration {

    /// One number of threads serves the whole process, so it is shared out among the slots.
    @Bean
    @Lazy
    TorchRuntime torchRuntime(EngineSettings engine, WorkerSettings worker) {
        return TorchRuntime.start(engine.threads(Runtime.getRuntime().availableProcessors(), slots(worker)));
    }

    /// Made at the start, which so refuses settings that contradict the machine. A node that runs nothing keeps no
    /// pictures, whatever the setting that it shares with the workers.
    @Bean
    MemoryBudget memoryBudget(EngineSettings engine, WorkerSettings worker) {
        var machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        DataSize asked = worker.enabled() ? engine.imageStoreSize() : null;
        return MemoryBudget.of(
                asked,
                slots(worker),
                machine.getTotalMemorySize(),
                Runtime.getRuntime().maxMemory());
    }

    private static int slots(WorkerSettings worker) {
        return worker.pools().stream().mapToInt(WorkerSettings.Pool::slots).sum();
    }

    @Bean
    @Lazy
    NumericModes numericModes(TorchRuntime runtime, @Value("${palimpsest.home:./data}/numeric-modes.json") Path file) {
        return new NumericModes(runtime, file);
    }

    @Bean
    CheckpointStore checkpointStore(StorageSettings storage) {
        return new LocalCheckpointStore(
                storage.checkpointFolder(), storage.minFree().toBytes());
    }

    @Bean
    StorageProbe storageProbe(StorageSettings storage) {
        return new CheckpointRoom(storage.checkpointFolder(), storage.freeSpace());
    }

    @Bean
    DeviceProbe deviceProbe(ObjectProvider<TorchRuntime> runtime, WorkerSettings worker) {
        return new TorchProbe(runtime, worker.enabled());
    }

    /// A node that runs nothing does not load libtorch to say what it has.
    private record TorchProbe(ObjectProvider<TorchRuntime> runtime, boolean worker) implements DeviceProbe {

        @Override
        public List<Device> devices() {
            return worker
                    ? runtime.getObject().devices().all().stream()
                            .map(TorchProbe::device)
                            .toList()
                    : List.of(new Device("cpu", 0, "CPU", Runtime.getRuntime().maxMemory()));
        }

        private static Device device(Devices.Device machine) {
            int colon = machine.name().indexOf(':');
            String kind = colon < 0 ? machine.name() : machine.name().substring(0, colon);
            int index = colon < 0 ? 0 : Integer.parseInt(machine.name().substring(colon + 1));
            return new Device(kind, index, machine.model(), machine.memoryBytes());
        }

        @Override
        public String engine() {
            return worker ? "libtorch " + runtime.getObject().libtorchVersion() : "none";
        }
    }
}
