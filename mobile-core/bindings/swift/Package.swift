// swift-tools-version: 5.9
import PackageDescription

// Where a release's XCFramework lies, and its checksum; without one, `cargo xtask ios` puts it beside this file.
let release: (url: String, checksum: String)? = nil

#if os(Linux)
let core = Target.systemLibrary(name: "HosoCoreFFI", path: "Sources/HosoCoreFFI")
#else
let core: Target = release.map { .binaryTarget(name: "HosoCoreFFI", url: $0.url, checksum: $0.checksum) }
    ?? .binaryTarget(name: "HosoCoreFFI", path: "HosoCoreFFI.xcframework")
#endif

let package = Package(
    name: "HosoCore",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "HosoCore", targets: ["HosoCore"])],
    targets: [
        core,
        .target(
            name: "HosoCore",
            dependencies: ["HosoCoreFFI"],
            path: "Sources/HosoCore",
            linkerSettings: [.linkedLibrary("mobile_core", .when(platforms: [.linux]))]
        ),
    ]
)
