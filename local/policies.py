def filled(name, values): return {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}
def values_of(cloud, stack): return {}
