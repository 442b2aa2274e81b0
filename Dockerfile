# One image, every role: the role is chosen by SPRING_PROFILES_ACTIVE (api, worker, or none for all in one).
#
#   docker build -t palimpsest:0.1.0 .
#   docker build -t palimpsest:0.1.0-cuda --build-arg ENGINE=cu128 .
#
# The CUDA variant follows the documents of DJL and libtorch. It has not been built or run.

ARG ENGINE=cpu

FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /source
COPY pom.xml ./
COPY src/main src/main
COPY db db
RUN mvn -B -ntp -Dmaven.test.skip=true package \
 && java -Djarmode=tools -jar target/palimpsest-*.jar extract --destination /app --application-filename palimpsest.jar
# libtorch leaves the jars here: packed and unpacked together would be in the image twice
WORKDIR /native
RUN jar --extract --file /app/lib/pytorch-native-cpu-*.jar pytorch/cpu \
 && jar --extract --file /app/lib/pytorch-jni-*.jar jnilib \
 && rm /app/lib/pytorch-native-cpu-*.jar

FROM build AS libtorch-cpu
RUN mkdir -p /opt/libtorch /opt/nvidia \
 && mv pytorch/cpu/linux-x86_64/*.so* /opt/libtorch/

FROM pytorch/pytorch:2.7.1-cuda12.8-cudnn9-runtime AS libtorch-cu128
# DJL loads every library that lies in the first folder, so only libtorch's own may be there
RUN mkdir -p /opt/libtorch /opt/nvidia \
 && cd /opt/conda/lib/python3.11/site-packages \
 && cp torch/lib/libc10*.so torch/lib/libtorch.so torch/lib/libtorch_cpu.so torch/lib/libtorch_cuda*.so \
       torch/lib/libcaffe2_nvrtc.so torch/lib/libgomp*.so* /opt/libtorch/ \
 && cp nvidia/*/lib/*.so* /opt/nvidia/

FROM libtorch-${ENGINE} AS libtorch

FROM eclipse-temurin:25-jre
ARG ENGINE
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin palimpsest \
 && mkdir /data \
 && chown palimpsest:palimpsest /data
COPY --from=libtorch /opt/nvidia /opt/nvidia
COPY --from=libtorch /opt/libtorch /opt/libtorch
# the place and the name under which DJL looks for its bridge before it would unpack it
COPY --from=build /native/jnilib/linux-x86_64/${ENGINE}/libdjl_torch.so \
     /opt/djl/pytorch/2.7.1-${ENGINE}-linux-x86_64/0.35.1-libdjl_torch.so
COPY --from=build /app /opt/palimpsest

# OpenMP: sleeping threads instead of spinning ones, and never fewer threads than asked for, which would change
# the last bits. DJL: libtorch from the folder above, nothing from the network. malloc: one heap
# without mappings, trimmed by the program, so that large tensors are not cleared anew each step. CUDA:
# reproducible cuBLAS, fp32 that is fp32.
ENV OMP_WAIT_POLICY=PASSIVE \
    OMP_DYNAMIC=false \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=1073741824 \
    MALLOC_TRIM_THRESHOLD_=1073741824 \
    DJL_OFFLINE=true \
    DJL_CACHE_DIR=/opt/djl \
    PYTORCH_LIBRARY_PATH=/opt/libtorch \
    PYTORCH_VERSION=2.7.1 \
    PYTORCH_FLAVOR=${ENGINE} \
    LD_LIBRARY_PATH=/opt/libtorch:/opt/nvidia \
    CUBLAS_WORKSPACE_CONFIG=:4096:8 \
    CUDA_MODULE_LOADING=LAZY \
    PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True \
    NVIDIA_TF32_OVERRIDE=0 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    SERVER_ADDRESS=0.0.0.0 \
    PALIMPSEST_HOME=/data

USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=6 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /actuator/health/readiness HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200'"]
# a heap that stays small: tensors and pictures live outside it. What is said last holds, so PALIMPSEST_JAVA_OPTIONS
# (-Xmx4g, for instance) overrides the quarter of the container's memory that the heap may take
ENTRYPOINT ["bash", "-c", "exec java --enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Xmn32m -Xms64m \
-XX:MaxRAMPercentage=25 -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20 -XX:-ShrinkHeapInSteps \
$PALIMPSEST_JAVA_OPTIONS -jar /opt/palimpsest/palimpsest.jar \"$@\"", "palimpsest"]
