// MendTorchSharp FILE...: mends copies of TorchSharp's files in an output folder. A file that needs nothing stays as it is; the time of
// change of one that is mended stays, so that the next build does not copy it again.
//
// *.so: lets TorchSharp's native library load on systems whose libstdc++ is older than the compiler that built it (Debian 12).
// libLibTorchSharp.so of TorchSharp 0.107 asks for GLIBCXX_3.4.32 because of one undefined symbol, _ZSt21ios_base_library_initv. Compilers
// since GCC 13 leave it in every file that includes <iostream>, so that a program that needs the newer start-up of the streams does not run
// on an older library; no relocation refers to it, nothing calls it. Marking that one entry weak makes the loader warn instead of refuse.
// The file is changed only where the entry is there, nothing uses a symbol of that version, and this system's libstdc++ lacks it.
//
// *.dll: keeps the owners of native handles alive until the native call that uses them returns, see HandleUsers.cs.
using Repro.Build;

const string Version = "GLIBCXX_3.4.32";
var managed = args.Where(file => file.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)).ToList();
var libraries = args.Except(managed).ToList();
var status = Mending.Run(managed, bytes => HandleUsers.Mark(bytes) > 0, Console.Error);
return libraries.Count == 0 ? status : status | Mending.Run(libraries, Version, SystemLibrary.Find("libstdc++.so.6"), Console.Error);
