// What is done with a directory of files as a whole.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Disk {
    /// Whether what is at a path is a directory: it is there.
    package func isDirectory(_ path: String) throws(DurabilityError) -> Bool {
        do throws(DurabilityError) {
            _ = try list(path)
            return true
        } catch {
            guard error.errorNumber == ENOTDIR else { throw error }
            return false
        }
    }

    /// Removes a directory and the files in it. What can't be removed stays.
    package func removeDirectory(_ path: String) {
        guard let names = try? list(path) else { return }
        for name in names { _ = try? remove(DiskPath.join(path, name)) }
        _ = try? remove(path)
    }
}
