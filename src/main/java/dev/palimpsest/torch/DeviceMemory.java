package dev.palimpsest.torch;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.util.OptionalLong;

/// How much memory of a card is in use, as its driver says: by every process on it. libtorch keeps what it once took,
/// so a later reading misses no peak.
public final class DeviceMemory {

    private DeviceMemory() {}

    /// Bytes in use.
    ///
    /// @param device `cpu`, which has no memory of its own, or `cuda:0` and so on
    public static OptionalLong used(String device) {
        if (device.equals("cpu")) {
            return OptionalLong.empty();
        }
        int index = Integer.parseInt(device.substring(device.indexOf(':') + 1));
        return OptionalLong.of(CudaUtils.getGpuMemory(Device.gpu(index)).getCommitted());
    }
}
