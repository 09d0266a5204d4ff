// The time zone of the machine.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension TimeZone {
    /// The name of the machine's zone: what the variable `TZ` says, or where the system's own link leads. UTC where
    /// neither names one that there is.
    package static func nameOfSystem(
        variable: String? = getenv("TZ").map { String(cString: $0) }, link: String = "/etc/localtime"
    ) -> String {
        let written = variable.map { $0.hasPrefix(":") ? String($0.dropFirst()) : $0 }
        for name in [written, target(of: link)].compactMap({ $0 }) where named(name) != nil { return name }
        return "UTC"
    }

    /// The place that a link into the time zone database leads to.
    private static func target(of link: String) -> String? {
        guard let path = realpath(link, nil) else { return nil }
        defer { free(path) }
        let text = String(cString: path)
        return text.firstRange(of: "/zoneinfo/").map { String(text[$0.upperBound...]) }
    }
}
