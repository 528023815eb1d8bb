def make(name, inputs): raise NotImplementedError
