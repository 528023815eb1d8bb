def make(name, seed, inputs): raise NotImplementedError
