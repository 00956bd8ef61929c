// The library for the JVM: desktops, servers, and host tests of Android apps. `cargo xtask jvm` makes the same jar without
// Gradle, with the native library of this machine in it.
plugins {
    kotlin("jvm") version "2.2.0"
    `java-library`
}

kotlin {
    jvmToolchain(17)
    sourceSets["main"].kotlin.srcDir("../lib/src/main/kotlin")
}

dependencies {
    api("net.java.dev.jna:jna:5.18.1")
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.8.0")
}
