package dev.palimpsest.workers;

import dev.palimpsest.jobs.Device;
import java.util.List;

/// Says what this machine can run on. The room that knows the tensor library answers.
public interface DeviceProbe {

    /// Every device of the machine: the CPU, and each GPU.
    List<Device> devices();

    /// Name and version of the tensor library, such as `libtorch 2.7.1+cpu`.
    String engine();
}
