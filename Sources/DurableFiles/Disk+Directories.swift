// What is done with a directory of files as a whole.

extension Disk {
    /// Removes a directory and the files in it. What can't be removed stays.
    package func removeDirectory(_ path: String) {
        guard let names = try? list(path) else { return }
        for name in names { _ = try? remove(DiskPath.join(path, name)) }
        _ = try? remove(path)
    }
}
