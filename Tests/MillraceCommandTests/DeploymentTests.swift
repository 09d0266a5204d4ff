// What is written for supervisors and containers: the command takes their words, and they know its exit codes.

import Millrace
import Testing

@testable import MillraceCommand

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Deployment")
struct DeploymentTests {
    /// What a command line of these words asks for.
    private static func settings(_ words: [String]) throws -> WordCountSettings {
        #expect(words.first == "wordcount")
        let parsed = try ArgumentParser.parse(
            Array(words.dropFirst()), WordCountCommand.specification, environment: { _ in nil })
        return try WordCountSettings(try #require(parsed))
    }

    /// The items of a YAML list behind a key, comments left out.
    private static func list(behind key: String, in lines: [String]) throws -> [String] {
        let start = try #require(lines.firstIndex { $0.drop { $0 == " " } == "\(key):" })
        let indentation = lines[start].prefix { $0 == " " }.count
        return lines[(start + 1)...]
            .prefix { $0.prefix { $0 == " " }.count > indentation }
            .map { String($0.drop { $0 == " " }) }
            .filter { $0.hasPrefix("- ") }.map { String($0.dropFirst(2)) }
    }

    @Test("systemd: the command line is one, and only codes that may pass start it again")
    func systemd() throws {
        let lines = try PackageFile.lines("deploy/millrace-wordcount.service")
        func value(_ key: String) throws -> String {
            let line = try #require(lines.first { $0.hasPrefix("\(key)=") }, "\(key) is missing")
            return String(line.dropFirst(key.count + 1))
        }
        let words = try value("ExecStart").split(separator: " ").map(String.init)
        let settings = try Self.settings(Array(words.dropFirst()))
        #expect(settings.checkpoint.hasPrefix("/var/lib/\(try value("StateDirectory"))/"))
        let prevented = try value("RestartPreventExitStatus").split(separator: " ").compactMap { Int32($0) }
        let final = ExitCode.ofCommand.filter { $0 != .done && !$0.mayPass }.map(\.rawValue)
        #expect(prevented == final)
        #expect(try value("Restart") == "on-failure")
    }

    @Test("Kubernetes: the command line is one, the pod has time to stop, and the checkpoint lies on the volume")
    func kubernetes() throws {
        let lines = try PackageFile.lines("deploy/kubernetes.yaml")
        let settings = try Self.settings(try Self.list(behind: "args", in: lines))
        let mount = try #require(lines.first { $0.contains("{name: checkpoint, mountPath: ") })
        #expect(settings.checkpoint.hasPrefix("\(mount.split(separator: " ").last?.dropLast() ?? "")/"))
        #expect(lines.contains { $0.contains("terminationGracePeriodSeconds: 90") })
        #expect(lines.contains { $0.contains("image: millrace:\(MillraceVersion.current)") })
        for code in ExitCode.ofCommand where code != .done && code != .interrupted && !code.mayPass {
            #expect(lines.contains { $0.hasPrefix("#") && $0.contains("\(code.rawValue)") }, "\(code)")
        }
    }

    @Test("Compose: the command line is one, its memory fits the limit, and restarts have an end")
    func compose() throws {
        let all = try PackageFile.lines("docker-compose.yml")
        let lines = Array(all[(try #require(all.firstIndex(of: "  millrace:")))...])
        let words = try Self.list(behind: "command", in: lines)
        let settings = try Self.settings(words)
        #expect(settings.checkpoint.hasPrefix("/var/lib/millrace/"))
        #expect(words.contains("900m") && lines.contains { $0.contains("mem_limit: 1g") })
        #expect(lines.contains { $0.contains("restart: on-failure:") })
        #expect(!all.contains { $0.contains("test:") && $0.contains(".sh") }, "a health check starts a JVM")
    }

    @Test("The README's commands are ones that the command takes")
    func readme() throws {
        let lines = try PackageFile.lines("README.md").filter { $0.hasPrefix(".build/release/millrace ") }
        #expect(lines.count == 2)
        for line in lines {
            let words = line.split(separator: " ").dropFirst().map(String.init)
            guard words.first == "run" else {
                _ = try Self.settings(words)
                continue
            }
            #expect(
                try ArgumentParser.parse(
                    Array(words.dropFirst()), RunCommand.specification, environment: { _ in nil }) != nil)
            #expect(try !PackageFile.lines(words[1]).isEmpty)
        }
    }
}

/// Files of this package.
private enum PackageFile {
    static func lines(_ name: String) throws -> [String] {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let stream = try #require(fopen("\(root)/\(name)", "r"), "\(name) is missing")
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
