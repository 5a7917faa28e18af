"""PyTorch on one thread, or where a question asks for it on CUDA, as a peer of bench/peer.ts: makes computations ready and times them, one JSON line for each question."""
import base64
import ctypes
import json
import re
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit(0)

torch.set_num_threads(1)
device = "cpu"


def tensor(encoded):
    data = bytearray(base64.b64decode(encoded["base64"]))
    dtype = getattr(torch, encoded["dtype"])
    return torch.frombuffer(data, dtype=dtype).reshape(encoded["shape"]).clone().to(device)


def batch_of(given):
    return tensor(given["x"]), tensor(given["y"]).long()


def forward(params, x):
    """Layers as weight and bias in turn, with ReLU between them."""
    for i in range(0, len(params), 2):
        x = F.linear(x, params[i], params[i + 1])
        if i + 2 < len(params):
            x = F.relu(x)
    return x


def loss_of(params, batch):
    return F.cross_entropy(forward(params, batch[0]), batch[1])


def sums(tensors):
    return [t.double().sum().item() for t in tensors]


def gemm(given):
    a, b = tensor(given["a"]), tensor(given["b"])
    a = a.t() if given["form"][0] == "T" else a
    b = b.t() if given["form"][1] == "T" else b
    return lambda: a @ b, lambda y: sums([y, y[0]])


def elementwise(given):
    x = [tensor(t) for t in given["inputs"]]
    functions = {
        "a*b+c": lambda: x[0] * x[1] + x[2],
        "exp": lambda: torch.exp(x[0]),
        "log": lambda: torch.log(x[0]),
        "tanh": lambda: torch.tanh(x[0]),
        "sigmoid": lambda: torch.sigmoid(x[0]),
        "softplus": lambda: F.softplus(x[0]),
        "erf": lambda: torch.erf(x[0]),
        "a+b": lambda: x[0] + x[1],
        "sum": lambda: x[0].sum(),
    }
    return functions[given["function"]], lambda y: sums([y])


def conv(given):
    x, w, g = [tensor(given[name]) for name in "xwg"]
    functions = {
        "forward": lambda: F.conv2d(x, w, padding=1),
        "gradient of x": lambda: torch.nn.grad.conv2d_input(x.shape, w, g, padding=1),
        "gradient of w": lambda: torch.nn.grad.conv2d_weight(x, w.shape, g, padding=1),
    }
    return functions[given["function"]], lambda y: sums([y, y[0]])


def adam(given):
    p = tensor(given["p"]).requires_grad_(True)
    p.grad = tensor(given["g"])
    optimizer = torch.optim.Adam([p], lr=1e-3)

    def once():
        optimizer.step()
        return p

    return once, lambda y: sums([y.detach()])


def step(given):
    params = [tensor(t).requires_grad_(True) for t in given["params"]]
    batch = batch_of(given["batch"])
    optimizer = torch.optim.Adam(params, lr=1e-3)

    def once():
        loss = loss_of(params, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return once, lambda loss: [loss.item()] + [once().item() for _ in range(2)]


class Adam:
    """Adam as a function of lists, differentiable in lr and beta1."""

    def __init__(self, params, lr, beta1=0.9, beta2=0.999, eps=1e-8):
        self.m = [torch.zeros_like(p) for p in params]
        self.v = [torch.zeros_like(p) for p in params]
        self.t, self.lr, self.beta1, self.beta2, self.eps = 0, lr, beta1, beta2, eps

    def deltas(self, grads):
        self.t += 1
        torch._foreach_mul_(self.m, self.beta1)
        torch._foreach_add_(self.m, grads, alpha=1 - self.beta1)
        torch._foreach_mul_(self.v, self.beta2)
        torch._foreach_addcmul_(self.v, grads, grads, value=1 - self.beta2)
        c1, c2 = 1 - self.beta1**self.t, 1 - self.beta2**self.t
        return [-self.lr * (m / c1) / ((v / c2).sqrt() + self.eps) for m, v in zip(self.m, self.v)]


def fresh(tensors):
    return [t.detach().requires_grad_(True) for t in tensors]


def training_gradient(params, batch):
    params = fresh(params)
    return [g.detach() for g in torch.autograd.grad(loss_of(params, batch), params)]


def gate(theta, features):
    return torch.sigmoid(F.linear(F.relu(F.linear(features, theta[0], theta[1])), theta[2], theta[3]))[0]


def hypergradient(given):
    """SGD whose log lr takes one Adam step on the validation loss after each look-ahead."""
    params, (train, validation) = [tensor(t) for t in given["params"]], map(batch_of, given["batches"])
    state = {"params": params, "log_lr": tensor(given["theta"][0])}
    meta = Adam([state["log_lr"]], given["metaLr"])

    def once():
        p = state["params"]
        g = training_gradient(p, train)
        log_lr = state["log_lr"].detach().requires_grad_(True)
        fast = [a - torch.exp(log_lr) * b for a, b in zip(p, g)]
        loss = loss_of(fast, validation)
        grad = torch.autograd.grad(loss, [log_lr])
        with torch.no_grad():
            state["log_lr"] = log_lr.detach() + meta.deltas([x.detach() for x in grad])[0]
            lr = torch.exp(state["log_lr"])
            state["params"] = [a - lr * b for a, b in zip(p, g)]
        return loss

    return once, lambda loss: [loss.item()] + sums(state["params"])


def dynamic_adam(given):
    """Adam whose beta1 a gate decides from the mean and variance of the gradient."""
    params, (train, validation) = [tensor(t) for t in given["params"]], map(batch_of, given["batches"])
    state = {
        "params": params,
        "theta": [tensor(t) for t in given["theta"]],
        "m": [torch.zeros_like(p) for p in params],
        "v": [torch.zeros_like(p) for p in params],
        "product": torch.ones(()),
        "t": 0,
    }
    meta = Adam(state["theta"], given["metaLr"])
    beta2, eps, lr = 0.999, 1e-8, 1e-3

    def update(p, g, beta1):
        m = [beta1 * a + (1 - beta1) * b for a, b in zip(state["m"], g)]
        v = [beta2 * a + (1 - beta2) * b * b for a, b in zip(state["v"], g)]
        product = state["product"] * beta1
        c2 = 1 - beta2 ** (state["t"] + 1)
        fast = [a - lr * (x / (1 - product)) / ((y / c2).sqrt() + eps) for a, x, y in zip(p, m, v)]
        return m, v, product, fast

    def once():
        p = state["params"]
        g = training_gradient(p, train)
        flat = torch.cat([a.reshape(-1) for a in g])
        features = torch.stack([flat.mean(), flat.var() + 1e-8])
        theta = fresh(state["theta"])
        *_, fast = update(p, g, gate(theta, features))
        loss = loss_of(fast, validation)
        grads = torch.autograd.grad(loss, theta)
        with torch.no_grad():
            state["theta"] = [a + b for a, b in zip(theta, meta.deltas([x.detach() for x in grads]))]
            beta1 = gate(state["theta"], features)
            state["m"], state["v"], state["product"], state["params"] = update(p, g, beta1)
        state["t"] += 1
        return loss

    return once, lambda loss: [loss.item()] + sums(state["params"])


def blended(given):
    """Adam and SGD with momentum, mixed by a gate that sees the whole gradient."""
    params, (train, validation) = [tensor(t) for t in given["params"]], map(batch_of, given["batches"])
    state = {
        "params": params,
        "theta": [tensor(t) for t in given["theta"]],
        "buffers": [torch.zeros_like(p) for p in params],
    }
    meta, inner = Adam(state["theta"], given["metaLr"]), Adam(params, 1e-3)
    momentum, lr = 0.9, 1e-2

    def once():
        p = state["params"]
        g = training_gradient(p, train)
        theta = fresh(state["theta"])
        alpha = gate(theta, torch.cat([a.reshape(-1) for a in g]))
        deltas = inner.deltas(g)
        state["buffers"] = [momentum * b + a for b, a in zip(state["buffers"], g)]
        ahead = [a + alpha * d - (1 - alpha) * lr * b for a, d, b in zip(p, deltas, state["buffers"])]
        loss = loss_of(ahead, validation)
        grads = torch.autograd.grad(loss, theta)
        with torch.no_grad():
            state["theta"] = [a + b for a, b in zip(theta, meta.deltas([x.detach() for x in grads]))]
        state["params"] = [a.detach() for a in ahead]
        return loss

    return once, lambda loss: [loss.item()] + sums(state["params"])


def unrolled(given):
    """The gradient of the loss after several SGD steps with respect to the initial parameters and the log lr."""
    params, (train, validation) = [tensor(t) for t in given["params"]], map(batch_of, given["batches"])
    log_lr = tensor(given["theta"][0])

    def once():
        leaves = fresh(params + [log_lr])
        p, rate = leaves[:-1], torch.exp(leaves[-1])
        for _ in range(given["steps"]):
            g = torch.autograd.grad(loss_of(p, train), p, create_graph=True)
            p = [a - rate * b for a, b in zip(p, g)]
        return torch.autograd.grad(loss_of(p, validation), leaves)

    return once, sums


def per_example(given):
    """The gradient of each example's loss: vmap of grad, of torch.func, or before PyTorch 2.0 of functorch."""
    try:
        from torch.func import grad, vmap
    except ImportError:
        from functorch import grad, vmap
    params, (x, y) = tuple(tensor(t) for t in given["params"]), batch_of(given["batch"])
    mapped = vmap(grad(lambda p, row, target: loss_of(p, (row[None], target[None]))), in_dims=(None, 0, 0))
    return lambda: mapped(params, x, y), lambda g: [n for t in g for n in sums([t.abs(), t * t])]


prepared = {f.__name__: f for f in (gemm, elementwise, conv, adam, step, hypergradient, dynamic_adam, blended, unrolled, per_example)}
once = None


def version():
    """Which vectors PyTorch and its matrix products use: Debian's take old ones on processors newer than they are."""
    capability = re.search(r"CPU capability usage: (.*)", torch.__config__.show())
    parts = [torch.__version__, f"elementwise {capability[1]}" if capability else ""]
    try:
        corename = ctypes.CDLL("libopenblas.so.0").openblas_get_corename
        corename.restype = ctypes.c_char_p
        parts.append(f"OpenBLAS {corename().decode()}")
    except (AttributeError, OSError):
        pass
    return ", ".join(part for part in parts if part)


print(json.dumps({"version": version()}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    if "prepare" in question:
        device = question["given"].get("device", "cpu")
        if device == "cuda" and not torch.cuda.is_available():
            answer = {"numbers": None}
        else:
            once, numbers = prepared[question["prepare"]](question["given"])
            answer = {"numbers": numbers(once())}
    else:
        start = time.perf_counter()
        for _ in range(question["run"]):
            once()
        if device == "cuda":
            torch.cuda.synchronize()
        answer = {"seconds": time.perf_counter() - start}
    print(json.dumps(answer), flush=True)
