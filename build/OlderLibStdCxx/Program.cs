// OlderLibStdCxx LIBRARY...: lets TorchSharp's native library load on systems whose libstdc++ is older than the compiler that built it (Debian 12).
//
// libLibTorchSharp.so of TorchSharp 0.107 asks for GLIBCXX_3.4.32 because of one undefined symbol, _ZSt21ios_base_library_initv. Compilers since GCC 13 leave it in
// every file that includes <iostream>, so that a program that needs the newer start-up of the streams does not run on an older library; no relocation refers to it,
// nothing calls it. Marking that one entry weak makes the loader warn instead of refuse. The file is changed only where the entry is there, nothing uses a symbol
// of that version, and this system's libstdc++ lacks it; its time of change stays, so that the next build does not copy it again.
using Repro.Build;

const string Version = "GLIBCXX_3.4.32";
return Mending.Run(args, Version, SystemLibrary.Find("libstdc++.so.6"), Console.Error);
