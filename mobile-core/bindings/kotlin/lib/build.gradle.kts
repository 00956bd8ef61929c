// The library for Android. With the NDK `cargo xtask android` puts libmobile_core.so into src/main/jniLibs.
plugins {
    id("com.android.library") version "8.11.0"
    kotlin("android") version "2.2.0"
}

android {
    namespace = "vn.hoso.core"
    compileSdk = 36
    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
        ndk { abiFilters += listOf("arm64-v8a", "x86_64") }
    }
    sourceSets["main"].kotlin.srcDir("src/android/kotlin")
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

kotlin { jvmToolchain(17) }

dependencies {
    // 5.17 and later have pages of 16 KiB.
    api("net.java.dev.jna:jna:5.18.1@aar")
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.8.0")
    compileOnly("com.squareup.okhttp3:okhttp:4.12.0")
    compileOnly("androidx.work:work-runtime-ktx:2.10.0")
}
