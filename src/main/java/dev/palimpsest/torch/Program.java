package dev.palimpsest.torch;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A loaded archive. Safe for any thread: the module has no state, and calls share nothing but their
/// arguments.
///
/// Arguments of a call: a [Tensor]; `Integer` or `Long` for an int; `Double` or `Float` for a float;
/// `Boolean`; `String`; `long[]` or `int[]` for a list of ints; `double[]` for a list of floats; a `List` of
/// tensors; a [TensorMap], [IntMap] or [FloatMap]; null for None. Anything else is refused before the native
/// call. A program that fails throws [TorchException].
public final class Program implements AutoCloseable {
    private static final MethodHandle RUN;
    private static final MethodHandle WRAP;

    static {
        // The bridge's public call forces inference mode, in which no program can switch gradients on.
        try {
            Class<?> library = Class.forName("ai.djl.pytorch.jni.PyTorchLibrary");
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(library, MethodHandles.lookup());
            Object instance =
                    lookup.findStaticVarHandle(library, "LIB", library).get();
            MethodType run = MethodType.methodType(
                    long.class, long.class, String.class, long[].class, boolean.class, boolean.class);
            RUN = lookup.findVirtual(library, "moduleRunMethod", run).bindTo(instance);
            WRAP = MethodHandles.privateLookupIn(IValue.class, MethodHandles.lookup())
                    .findConstructor(IValue.class, MethodType.methodType(void.class, long.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final TorchRuntime runtime;
    private final PtSymbolBlock module;
    private volatile boolean closed;

    Program(TorchRuntime runtime, ProgramArchive archive) {
        this.runtime = runtime;
        try {
            // by stream: a module loaded by path runs in inference mode
            module = JniUtils.loadModule(runtime.manager(), new ByteArrayInputStream(archive.bytes()), true, false);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot load the programs", e);
        } catch (EngineException e) {
            throw failure("the archive", e);
        }
    }

    /// Runs a method that returns one tensor, which then belongs to the scope.
    public Tensor call(TensorScope scope, String method, @Nullable Object... arguments) {
        scope.requireOpen();
        try (IValue result = invoke(method, arguments)) {
            if (!result.isTensor()) {
                throw unexpected(method, "one tensor", result);
            }
            return scope.own(result.toTensor(runtime.manager()));
        }
    }

    /// Runs a method that returns a tuple or a list of tensors, which then belong to the scope.
    public List<Tensor> callAll(TensorScope scope, String method, @Nullable Object... arguments) {
        scope.requireOpen();
        try (IValue result = invoke(method, arguments)) {
            List<Tensor> tensors = new ArrayList<>();
            if (result.isTensorList()) {
                for (var array : result.toTensorArray(runtime.manager())) {
                    tensors.add(scope.own(array));
                }
            } else if (result.isTuple()) {
                List<IValue> parts = List.of(result.toIValueTuple());
                try {
                    for (IValue part : parts) {
                        if (!part.isTensor()) {
                            throw unexpected(method, "a tuple of tensors", result);
                        }
                        tensors.add(scope.own(part.toTensor(runtime.manager())));
                    }
                } finally {
                    parts.forEach(IValue::close);
                }
            } else {
                throw unexpected(method, "a tuple or list of tensors", result);
            }
            return tensors;
        }
    }

    /// Runs a method for what it does to its arguments.
    public void run(String method, @Nullable Object... arguments) {
        invoke(method, arguments).close();
    }

    /// The caller closes the result.
    @SuppressWarnings("MustBeClosed")
    IValue invoke(String method, @Nullable Object... arguments) {
        if (closed) {
            throw new IllegalStateException("program '" + method + "' cannot run: its archive is closed");
        }
        try (Arguments handles = new Arguments(runtime, method, arguments)) {
            runtime.prepare();
            long module = this.module.getHandle();
            long result = (long) RUN.invokeExact(module, method, handles.handles(), true, false);
            return (IValue) WRAP.invokeExact(result);
        } catch (EngineException e) {
            runtime.prepare(); // an assert between two switches leaves gradient mode on
            throw failure("program '" + method + "'", e);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("program '" + method + "' could not be called", e);
        }
    }

    private static TorchException failure(String what, EngineException e) {
        String message = String.valueOf(e.getMessage());
        TorchFailure kind = TorchFailure.of(message);
        if (kind == TorchFailure.GPU_OUT_OF_MEMORY) {
            JniUtils.emptyCudaCache();
        }
        return new TorchException(kind, TorchFailure.sentence(what, message), e);
    }

    private static TorchException unexpected(String method, String expected, IValue result) {
        return new TorchException(
                TorchFailure.PROGRAM_FAILED,
                "program '" + method + "' must return " + expected + ", got " + result.getType());
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            module.close();
        }
    }
}
