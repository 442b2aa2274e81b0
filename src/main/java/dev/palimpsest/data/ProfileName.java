package dev.palimpsest.data;

import com.fasterxml.jackson.annotation.JsonProperty;

/// Input profiles of `docs/data.md` 5.
public enum ProfileName {
    @JsonProperty("backbone_default")
    BACKBONE_DEFAULT("backbone_default"),
    @JsonProperty("lorac_ipc_generic")
    LORAC_IPC_GENERIC("lorac_ipc_generic"),
    @JsonProperty("lorac_ipc_cifar")
    LORAC_IPC_CIFAR("lorac_ipc_cifar"),
    @JsonProperty("inflora")
    INFLORA("inflora");

    private final String wire;

    ProfileName(String wire) {
        this.wire = wire;
    }

    public String wire() {
        return wire;
    }
}
