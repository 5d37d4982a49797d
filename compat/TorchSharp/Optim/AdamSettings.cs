namespace TorchSharp.Modules;

/// <summary>The hyperparameters of one update; decoupled weight decay shrinks the parameter, otherwise it adds to the gradient.</summary>
internal readonly record struct AdamSettings(double Rate, double Beta1, double Beta2, double Eps, double Decay, bool Decoupled);
