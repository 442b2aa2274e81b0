package dev.palimpsest.web;

import dev.palimpsest.checkpoints.FreeSpace;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.web.multipart.MultipartException;
import org.springframework.web.multipart.MultipartHttpServletRequest;
import org.springframework.web.multipart.support.StandardServletMultipartResolver;

/// Refuses an upload for which there is no room before its first byte is written.
final class RoomyMultipartResolver extends StandardServletMultipartResolver {

    private final Path folder;
    private final FreeSpace minFree;

    /// @param folder in which uploads arrive
    RoomyMultipartResolver(Path folder, FreeSpace minFree) {
        this.folder = folder;
        this.minFree = minFree;
    }

    /// @throws dev.palimpsest.checkpoints.StorageFullException if too little space is free, or would be
    @Override
    public MultipartHttpServletRequest resolveMultipart(HttpServletRequest request) {
        try {
            minFree.require(folder, "an upload", Math.max(0, request.getContentLengthLong()));
        } catch (IOException e) {
            throw new MultipartException("cannot look at the folder of uploads", e);
        }
        return super.resolveMultipart(request);
    }
}
