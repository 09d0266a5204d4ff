// The columns that the folders of a directory name.

import Connectors
import DurableFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Looks which columns the folders `name=value` below a directory name.
enum FolderNames {
    /// The names above the first file that is found, from the outermost; `nil` where there is no file.
    static func find(below directory: String, disk: any Disk) throws(ConnectorError) -> [String]? {
        do throws(DurabilityError) {
            guard try disk.exists(directory) else { return nil }
            return try names(in: directory, [], disk)
        } catch  where error.errorNumber == ENOTDIR {
            // A file, and no directory.
            return []
        } catch {
            throw ConnectorError(.failed, "the folders of \(directory) can't be listed: \(error)")
        }
    }

    private static func names(
        in directory: String, _ above: [String], _ disk: any Disk
    ) throws(DurabilityError) -> [String]? {
        for name in try disk.list(directory) where !FileListing.isHidden(name) {
            guard let folder = PartitionValue(folder: name)?.name, above.count < 100 else { return above }
            let path = DiskPath.join(directory, name)
            do throws(DurabilityError) {
                // A folder without files says nothing: the next one may.
                if let found = try names(in: path, above + [folder], disk) { return found }
            } catch  where error.errorNumber == ENOTDIR {
                return above
            } catch  where error.fault == .notFound {
                // Gone since its name was read.
            }
        }
        return nil
    }
}
