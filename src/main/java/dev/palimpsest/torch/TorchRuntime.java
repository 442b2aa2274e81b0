package dev.palimpsest.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// libtorch in this process: loaded once, with one number of threads for everybody.
///
/// Safe for any thread. A thread that runs programs calls [#prepare] first: executor and gradient mode belong
/// to threads. [Program] does so again before every call, because a failed program may leave the mode
/// changed.
public final class TorchRuntime {
    private static final Logger LOG = LoggerFactory.getLogger(TorchRuntime.class);
    private static final String LIBTORCH = "2.7.1";
    private static final String DJL = "0.35.1";
    private static final String BRIDGE = LIBTORCH + "-" + DJL;

    private static @Nullable TorchRuntime running;

    private final int threads;
    private final PtNDManager manager;
    private final String libtorchVersion;
    private final Devices devices;
    private final FreeMemory memory = new FreeMemory(System.nanoTime());
    private final AtomicLong open = new AtomicLong();
    private @Nullable Program program;
    private @Nullable IValue none;

    private TorchRuntime(int threads) {
        this.threads = threads;
        this.manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        this.libtorchVersion = LibUtils.getVersion() + "+" + flavor();
        this.devices = Devices.ofThisMachine();
    }

    /// Loads libtorch at the first call; later calls return the same runtime and keep the first number of
    /// threads.
    ///
    /// @param threads threads of one operation; times the slots it should not exceed the cores
    public static synchronized TorchRuntime start(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, got " + threads);
        }
        TorchRuntime found = running;
        if (found == null) {
            found = load(threads);
            running = found;
        } else if (found.threads != threads) {
            LOG.warn("libtorch runs with {} threads for the whole process, {} are ignored", found.threads, threads);
        }
        found.prepare();
        return found;
    }

    private static TorchRuntime load(int threads) {
        System.setProperty("ai.djl.offline", "true"); // never download a native library, never report to anybody
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1"); // programs fork nothing
        expect("DJL", DJL, Engine.getDjlVersion());
        expect("the bridge pytorch-jni", BRIDGE, property("/jnilib/pytorch.properties", "jni_version"));
        if (!"PASSIVE".equalsIgnoreCase(System.getenv("OMP_WAIT_POLICY"))) {
            LOG.warn("OMP_WAIT_POLICY is not PASSIVE: waiting threads spin, and steps on busy cores take many times as"
                    + " long; set it before the JVM starts");
        }
        TorchRuntime runtime = new TorchRuntime(threads);
        expect("libtorch", LIBTORCH, LibUtils.getVersion());
        return runtime;
    }

    private static void expect(String name, String expected, String found) {
        if (!found.equals(expected)) {
            throw new IllegalStateException(name + " must be version " + expected + ", got " + found
                    + "; the three libraries fit only together");
        }
    }

    private static String flavor() {
        String chosen = System.getenv("PYTORCH_FLAVOR");
        return chosen != null ? chosen : property("/native/lib/pytorch.properties", "flavor");
    }

    private static String property(String resource, String key) {
        Properties properties = new Properties();
        try (InputStream in = TorchRuntime.class.getResourceAsStream(resource)) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource + " from the class path", e);
        }
        return properties.getProperty(key, "unknown");
    }

    /// Sets what belongs to the calling thread: the eager executor (the profiling one holds memory and
    /// specializes, so that bits may change) and gradient mode off. Cheap; may be called as often as one
    /// likes.
    public void prepare() {
        JniUtils.setGraphExecutorOptimize(false);
        JniUtils.setGradMode(false);
    }

    /// The programs of this project, one stateless module shared by all threads and devices.
    public synchronized Program program() {
        Program loaded = program;
        if (loaded == null) {
            loaded = load(ProgramArchive.of(ProgramArchive.MAIN_SOURCES));
            program = loaded;
        }
        return loaded;
    }

    /// Loads another archive beside the programs of this project; the caller closes it.
    public Program load(ProgramArchive archive) {
        prepare();
        return new Program(this, archive);
    }

    public TensorScope scope() {
        return new TensorScope(this);
    }

    /// Gives freed memory back to the system where it has grown.
    void giveBack() {
        memory.giveBack();
    }

    public int threads() {
        return threads;
    }

    /// For instance `2.7.1+cpu`.
    public String libtorchVersion() {
        return libtorchVersion;
    }

    public String djlVersion() {
        return Engine.getDjlVersion();
    }

    public boolean cuda() {
        return devices.names().size() > 1;
    }

    public Devices devices() {
        return devices;
    }

    /// Tensors that are open in this process, whoever owns them. Tests compare it before and after.
    public long openTensors() {
        return open.get();
    }

    /// The one manager of the process. It frees nothing by itself: every tensor is closed by its owner.
    PtNDManager manager() {
        return manager;
    }

    void opened() {
        open.incrementAndGet();
    }

    void closed() {
        open.decrementAndGet();
    }

    /// The absent argument. The bridge cannot make one, a program can.
    synchronized IValue none() {
        IValue made = none;
        if (made == null) {
            made = program().invoke("nothing");
            none = made;
        }
        return made;
    }
}
